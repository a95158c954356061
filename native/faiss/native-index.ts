/** The three ways to come by the addon's index object: a factory string, a file, bytes. */
import { addon, type NativeIndex } from './addon.ts';
import { checkPositiveInteger, pin } from './arguments.ts';
import { FaissError, faissError, translated } from './errors.ts';

/** `inner-product`: greater is nearer. `l2`: squared Euclidean distance, less is nearer. */
export type Metric = 'inner-product' | 'l2';

/** By FAISS's own number. */
export const METRICS: readonly Metric[] = ['inner-product', 'l2'];

/** The largest code of one sub-quantizer that FAISS can train. */
const LARGEST_CODE_BITS = 24;

/** @throws {FaissError} `invalid-argument`, `invalid-factory`, `addon-not-built` */
export function emptyIndex(dimensions: number, factory: string, metric: Metric): NativeIndex {
  checkPositiveInteger(dimensions, 'dimensions');
  checkFactory(factory);
  if (!METRICS.includes(metric)) {
    throw new FaissError('invalid-argument', `metric must be one of ${METRICS.join(', ')}`);
  }
  const native = new (addon().NativeIndex)();
  try {
    native.create(dimensions, factory, METRICS.indexOf(metric));
  } catch (cause) {
    throw faissError(cause, `can't make an index "${factory}" of ${dimensions} dimensions`, 'invalid-factory');
  }
  return native;
}

/** @throws {FaissError} see Index.read */
export async function storedIndex(path: string): Promise<NativeIndex> {
  if (typeof path !== 'string') throw new FaissError('invalid-argument', 'path must be a string');
  const native = new (addon().NativeIndex)();
  await translated(`can't read the index ${path}`, () => native.read(path));
  return native;
}

/** @throws {FaissError} see Index.fromBuffer */
export async function parsedIndex(bytes: Uint8Array): Promise<NativeIndex> {
  if (!(bytes instanceof Uint8Array)) throw new FaissError('invalid-argument', 'bytes must be a Uint8Array');
  pin(bytes);
  const native = new (addon().NativeIndex)();
  await translated(`can't read an index from ${bytes.length} bytes`, () => native.parse(bytes));
  return native;
}

/**
 * Refuses what would end the process inside FAISS: it divides by a zero, shifts by any number of bits, and its regular
 * expressions recurse once a character.
 */
function checkFactory(factory: string): void {
  const refuse = (why: string) => new FaissError('invalid-factory', `can't make an index "${factory}": ${why}`);
  if (typeof factory !== 'string' || factory === '') throw refuse('a factory string is needed, such as "Flat"');
  if (factory.length > 1000 || factory.includes('\0')) throw refuse('no factory string is that long or holds a NUL');
  if (/(?<!\d)0+(?!\d)/.test(factory)) throw refuse('no number in it may be 0');
  for (const [, bits] of factory.matchAll(/x(\d+)/g)) {
    if (Number(bits) > LARGEST_CODE_BITS) throw refuse(`a code has at most ${LARGEST_CODE_BITS} bits`);
  }
}

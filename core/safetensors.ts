/** The safetensors format (https://github.com/huggingface/safetensors#format): a length, a JSON header, raw tensors. */

export interface TensorInfo {
  readonly dtype: 'U8' | 'F32';
  readonly shape: readonly number[];
  /** First and one past the last byte, counted from the end of the header. */
  readonly offsets: readonly [start: number, end: number];
}

export interface SafetensorsHeader {
  /** Bytes before the first tensor. */
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

/** Bytes that are not a safetensors file. The message says what is wrong with them. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

const LENGTH_BYTES = 8;
const BYTES_PER_ELEMENT = { U8: 1, F32: 4 } as const;

/**
 * The same bytes for the same arguments: metadata and tensors stand in the order given, tensors one after the other.
 *
 * @param bytes length of the whole header; spaces fill it up.
 * @throws RangeError when it does not fit.
 */
export function encodeHeader(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly (Omit<TensorInfo, 'offsets'> & { readonly name: string })[],
  bytes: number,
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const infos = tensors.map(({ name, dtype, shape }) => {
    const start = end;
    end += byteLength(dtype, shape);
    return [name, { dtype, shape, data_offsets: [start, end] }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(infos) });
  const text = new TextEncoder().encode(json);
  if (LENGTH_BYTES + text.length > bytes)
    throw new RangeError(`a header of ${text.length} bytes does not fit ${bytes}`);
  const header = new Uint8Array(bytes).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(bytes - LENGTH_BYTES), true);
  header.set(text, LENGTH_BYTES);
  return header;
}

/**
 * @param start the file's first bytes, the whole header at least.
 * @throws SafetensorsError
 */
export function parseHeader(start: Uint8Array): SafetensorsHeader {
  if (start.length < LENGTH_BYTES) throw new SafetensorsError(`${start.length} bytes are too few for a header length`);
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  const bytes = LENGTH_BYTES + length;
  if (bytes > start.length) throw new SafetensorsError(`the header has ${bytes} bytes, ${start.length} are there`);
  const { __metadata__: metadata = {}, ...tensors } = parseObject(start.subarray(LENGTH_BYTES, bytes));
  if (!isStringRecord(metadata)) throw new SafetensorsError('__metadata__ is no map of strings');
  return {
    bytes,
    metadata,
    tensors: new Map(Object.entries(tensors).map(([name, info]) => [name, tensor(name, info)])),
  };
}

function parseObject(json: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new SafetensorsError('the header is not JSON', { cause });
  }
  if (!isRecord(value)) throw new SafetensorsError('the header is no JSON object');
  return value;
}

function tensor(name: string, info: unknown): TensorInfo {
  if (!isRecord(info)) throw new SafetensorsError(`tensor ${name} is no JSON object`);
  const { dtype, shape, data_offsets: offsets } = info;
  if (dtype !== 'U8' && dtype !== 'F32') throw new SafetensorsError(`tensor ${name} has the dtype ${String(dtype)}`);
  if (!isSizes(shape)) throw new SafetensorsError(`tensor ${name} has no shape`);
  if (!isSizes(offsets) || offsets.length !== 2) throw new SafetensorsError(`tensor ${name} has no data_offsets`);
  const [start = 0, end = 0] = offsets;
  if (end - start !== byteLength(dtype, shape))
    throw new SafetensorsError(`tensor ${name} is ${dtype} [${shape.join(', ')}] but has ${end - start} bytes`);
  return { dtype, shape, offsets: [start, end] };
}

function byteLength(dtype: TensorInfo['dtype'], shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, BYTES_PER_ELEMENT[dtype]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

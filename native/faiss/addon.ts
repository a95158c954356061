/** Loads the compiled addon on first use and gives its exports their types. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FaissError } from './errors.ts';

/** What the addon tells about an index; `metric` is FAISS's number: 0 inner product, 1 L2. */
export interface NativeDescription {
  readonly dimensions: number;
  readonly ntotal: number;
  readonly isTrained: boolean;
  readonly metric: number;
}

/** See src/index.h. Promises reject with plain Errors that carry a `code`. */
export interface NativeIndex {
  create(dimensions: number, factory: string, metric: number): void;
  read(path: string): Promise<void>;
  parse(bytes: Uint8Array): Promise<void>;
  write(path: string): Promise<void>;
  serialize(): Promise<Uint8Array>;
  train(vectors: Float32Array): Promise<void>;
  add(vectors: Float32Array): Promise<void>;
  search(queries: Float32Array, k: number, distances: Float32Array, labels: Int32Array): Promise<void>;
  reconstruct(id: number, vector: Float32Array): Promise<void>;
  setParameters(parameters: string): Promise<void>;
  describe(): NativeDescription;
  release(): void;
}

export interface Addon {
  readonly NativeIndex: new () => NativeIndex;
  readonly faissVersion: string;
  setThreads(threads: number): void;
  threads(): number;
}

const path = fileURLToPath(new URL('build/faiss.node', import.meta.url));
let loaded: Addon | undefined;

/**
 * The addon. Not loaded on import, so that a program which needs no index runs without it.
 *
 * @throws {FaissError} `addon-not-built`
 */
export function addon(): Addon {
  try {
    loaded ??= createRequire(import.meta.url)(path) as Addon;
    return loaded;
  } catch (cause) {
    const message = `the FAISS addon does not load from ${path}: build it with "npm run setup"`;
    throw new FaissError('addon-not-built', message, { cause });
  }
}

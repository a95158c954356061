/** A FAISS index: typed arrays in and out, every slow call a promise on a thread of libuv's pool. */
import type { NativeDescription, NativeIndex } from './addon.ts';
import { checkPositiveInteger, pin, vectorCount } from './arguments.ts';
import { FaissError, type FaissErrorCode, translated } from './errors.ts';
import { emptyIndex, METRICS, type Metric, parsedIndex, storedIndex } from './native-index.ts';
import { ReadWriteQueue } from './read-write-queue.ts';
import { allocateResult, type SearchResult } from './search-result.ts';

/**
 * An index of vectors, numbered 0, 1, 2 … in the order in which they are added.
 *
 * Calls take effect in the order in which they are made, awaited or not. Searches run side by side; train, add and
 * setParameters run alone. Arrays handed in are read in place: neither change nor detach them until the promise settles.
 * Their memory becomes untransferable: `postMessage` copies it (Node 20) or refuses (later).
 *
 * The same calls with the same thread count give the same bits, except that an HNSW graph built by several threads
 * depends on their timing: call `setThreads(1)` before adding where that matters.
 *
 * Methods reject with, and everything else throws, a FaissError: `disposed` after dispose(), or as each one says.
 */
export class Index {
  readonly #native: NativeIndex;
  readonly #queue = new ReadWriteQueue();
  #description: NativeDescription;
  #disposed = false;

  /** For subclasses; else see the static methods. */
  protected constructor(native: NativeIndex) {
    this.#native = native;
    this.#description = native.describe();
  }

  /**
   * An empty index, as faiss.index_factory makes it.
   *
   * @param factory such as `Flat`, `HNSW32`, `IVF256,Flat`, `IVF64,PQ16`, `SQ8`
   * @param metric @default 'l2', as in FAISS
   * @throws {FaissError} `invalid-argument`, `invalid-factory`, `addon-not-built`
   */
  static fromFactory(dimensions: number, factory: string, metric: Metric = 'l2'): Index {
    return new Index(emptyIndex(dimensions, factory, metric));
  }

  /**
   * Reads a file that this class or any other FAISS of a compatible version wrote.
   *
   * A truncated file is always found out, and no length in a damaged one can exhaust the memory. But FAISS trusts what
   * it reads, and a flipped bit may yield wrong results or, in an index that isn't flat, a crash: check a digest of a
   * file that may be damaged or comes from a stranger first.
   *
   * @throws {FaissError} `file-not-found`, `file-error`, `corrupt-index`, `unsupported`, `label-overflow`
   */
  static async read(path: string): Promise<Index> {
    return new Index(await storedIndex(path));
  }

  /** Reads the bytes of such a file; see `read` for what it guards against and throws. */
  static async fromBuffer(bytes: Uint8Array): Promise<Index> {
    return new Index(await parsedIndex(bytes));
  }

  /** Number of vectors, as of the last call that has ended. */
  get ntotal(): number {
    return this.#state().ntotal;
  }

  /** Number of values of a vector. */
  get dimensions(): number {
    return this.#state().dimensions;
  }

  /** Whether vectors can be added, as of the last call that has ended; a flat or HNSW index always is. */
  get isTrained(): boolean {
    return this.#state().isTrained;
  }

  get metric(): Metric {
    return METRICS[this.#state().metric]!;
  }

  /**
   * Learns what the index needs to know of the data: cluster centres, codebooks. No effect on a flat index.
   *
   * @param vectors [n, dimensions], row by row
   * @throws {FaissError} `invalid-length`, or `faiss` when there are too few
   */
  async train(vectors: Float32Array): Promise<void> {
    const count = this.#pinned(vectors);
    await this.#exclusive(`can't train with ${count} vectors`, (native) => native.train(vectors));
  }

  /**
   * Appends vectors; the first gets the id `ntotal`.
   *
   * @param vectors [n, dimensions], row by row; normalise them first for cosine similarity by inner product
   * @throws {FaissError} `invalid-length`, `not-trained`, `label-overflow`, `out-of-memory`
   */
  async add(vectors: Float32Array): Promise<void> {
    const count = this.#pinned(vectors);
    await this.#exclusive(`can't add ${count} vectors`, (native) => native.add(vectors));
  }

  /**
   * The k nearest vectors of each query.
   *
   * @param queries [n, dimensions], row by row
   * @param k may exceed `ntotal`: the rest is padded with label −1
   * @throws {FaissError} `invalid-length`, `invalid-argument` for k, `not-trained`, `out-of-memory`
   */
  async search(queries: Float32Array, k: number): Promise<SearchResult> {
    const count = this.#pinned(queries);
    checkPositiveInteger(k, 'k');
    const result = allocateResult(count, k);
    await this.#shared(`can't search ${count} queries`, (native) =>
      native.search(queries, k, result.distances, result.labels),
    );
    return result;
  }

  /**
   * The vector of an id, [dimensions]; approximate where the index compresses.
   *
   * @throws {FaissError} `invalid-id`, or `faiss` for a kind of index that can't (IVF without a direct map)
   */
  async reconstruct(id: number): Promise<Float32Array> {
    if (!Number.isSafeInteger(id)) throw new FaissError('invalid-id', `an id is an integer, not ${id}`);
    const vector = new Float32Array(this.dimensions);
    await this.#shared(`can't reconstruct ${id}`, (native) => native.reconstruct(id, vector));
    return vector;
  }

  /**
   * Sets search-time parameters for the calls that follow, as FAISS's ParameterSpace does.
   *
   * @param parameters such as `nprobe=16` or `efSearch=64`, several with commas
   * @throws {FaissError} `invalid-parameters`
   */
  async setParameters(parameters: string): Promise<void> {
    const what = `can't set "${parameters}"`;
    await this.#exclusive(what, (native) => native.setParameters(parameters), 'invalid-parameters');
  }

  /**
   * Writes the index to `path`, in place: write to another name and rename where a torn file would matter.
   *
   * @throws {FaissError} `file-error`, `file-not-found` when the folder is missing
   */
  async write(path: string): Promise<void> {
    await this.#shared(`can't write the index to ${path}`, (native) => native.write(path), 'file-error');
  }

  /** The bytes that `write` writes. */
  async toBuffer(): Promise<Uint8Array> {
    return this.#shared("can't serialize the index", (native) => native.serialize());
  }

  /** Frees the memory as soon as the calls made so far have ended; later ones fail. Without it, garbage collection does. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    void this.#queue.exclusive(() => this.#native.release());
  }

  #state(): NativeDescription {
    if (this.#disposed) throw new FaissError('disposed', 'the index is disposed');
    return this.#description;
  }

  #pinned(vectors: Float32Array): number {
    const count = vectorCount(vectors, this.dimensions);
    pin(vectors);
    return count;
  }

  async #shared<T>(what: string, call: (native: NativeIndex) => Promise<T>, fallback?: FaissErrorCode): Promise<T> {
    this.#state();
    return this.#queue.shared(() => translated(what, () => call(this.#native), fallback));
  }

  async #exclusive(what: string, call: (native: NativeIndex) => Promise<void>, fallback?: FaissErrorCode) {
    this.#state();
    await this.#queue.exclusive(async () => {
      try {
        await translated(what, () => call(this.#native), fallback);
      } finally {
        // Read while nothing else runs; kept, since the getters may be asked while a thread is changing the index.
        this.#description = this.#native.describe();
      }
    });
  }
}

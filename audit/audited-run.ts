/** One run under audit: its record, and the bucket or copy that it is checked against, which is only read. */
import { join } from 'node:path';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { readOnly } from '../adapters/object-store/read-only-store.ts';
import { referencesIn } from '../adapters/step-records/step-records.ts';
import { artifactKey, type ArtifactRef, type Provenance } from '../contracts/artifact.ts';
import { runFolder, type RunRecord } from '../contracts/run-record.ts';
import { digestOf } from '../core/canonical.ts';
import { type Difference, NotChecked } from './check.ts';
import { type Execution, readHistory } from './told-history.ts';

export interface AuditedRunOptions {
  readonly run?: Provenance;
  readonly recorded?: RunRecord;
  readonly computed?: Map<string, unknown>;
}

export class AuditedRun {
  readonly record: RunRecord;
  /** The record's JSON: without the defaults of settings that its version did not have yet. */
  readonly recorded: RunRecord;
  readonly store: ObjectStore;
  readonly artifacts: ArtifactStore;
  readonly signal: AbortSignal;
  /** Segments of embeddings that were found to be corrupt so far. */
  readonly damagedSegments: Difference[] = [];
  readonly #refs: ReadonlyMap<string, ArtifactRef>;
  readonly #caches = new Map<string, EmbeddingCache>();

  readonly #folder: string;
  #history: Promise<readonly Execution[]> | undefined;

  readonly #computed: Map<string, unknown>;

  /**
   * @param scratch folder for what has to be a file to be read
   * @param options.run whose folder the record stands in. @default the one that the record says
   * @param options.recorded its JSON. @default the record
   * @param options.computed what other audits have computed, by the digest of what it follows from. @default nothing
   */
  constructor(
    record: RunRecord,
    store: ObjectStore,
    scratch: string,
    signal: AbortSignal,
    { run = record, recorded = record, computed = new Map<string, unknown>() }: AuditedRunOptions = {},
  ) {
    this.record = record;
    this.recorded = recorded;
    this.#computed = computed;
    this.#folder = runFolder(run);
    this.store = readOnly(store);
    this.artifacts = new ArtifactStore(this.store, join(scratch, 'files'));
    this.signal = signal;
    this.#refs = new Map(referencesIn(record).map((ref) => [ref.sha256, ref]));
  }

  /** Key of a file in the run's folder. */
  key(name: string): string {
    return `${this.#folder}${name}`;
  }

  /**
   * The object with these bytes: one that the record names, or, such as the champion's parts, one of another run.
   *
   * @throws ArtifactLostError when it is neither
   */
  async object(sha256: string): Promise<ArtifactRef> {
    const known = this.#refs.get(sha256);
    if (known) return known;
    const key = artifactKey(sha256);
    const head = await this.store.head(key);
    if (head) return { key, sha256, bytes: head.bytes };
    throw new ArtifactLostError({ key, sha256, bytes: 0 }, 'missing');
  }

  /**
   * The history that the record names, read once.
   *
   * @throws NotChecked when it names none
   * @throws ArtifactLostError when it is missing or damaged; SyntaxError or z.ZodError when it is no history
   */
  history(): Promise<readonly Execution[]> {
    return (this.#history ??= this.#readHistory());
  }

  async #readHistory(): Promise<readonly Execution[]> {
    const ref = this.record.temporal.history;
    if (ref === null) throw new NotChecked('the record names no history');
    return readHistory(await this.artifacts.getBytes(ref));
  }

  /**
   * What follows from the same evidence, computed once for all audits that share their memory.
   *
   * @param evidence JSON: digests of files, and parameters
   */
  async once<R>(evidence: unknown, compute: () => Promise<R>): Promise<R> {
    const key = digestOf(evidence);
    const known = this.#computed.get(key);
    if (known !== undefined) return known as R;
    const computed = await compute();
    this.#computed.set(key, computed);
    return computed;
  }

  /** The same cache on every call, so that no segment's keys are read twice. */
  cacheOf(encoder: { readonly digest: string; readonly dimensions: number }): EmbeddingCache {
    const cache =
      this.#caches.get(encoder.digest) ??
      new EmbeddingCache(this.store, encoder, (_, { key, reason }) =>
        this.damagedSegments.push({
          object: String(key),
          place: null,
          expected: 'the bytes that its name and its header say',
          found: String(reason),
        }),
      );
    this.#caches.set(encoder.digest, cache);
    return cache;
  }
}

/** One run under audit: its record, and the bucket or copy that it is checked against, which is only read. */
import { join } from 'node:path';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { readOnly } from '../adapters/object-store/read-only-store.ts';
import { referencesIn } from '../adapters/step-records/step-records.ts';
import { artifactKey, type ArtifactRef } from '../contracts/artifact.ts';
import { runFolder, type RunRecord } from '../contracts/run-record.ts';
import type { Difference } from './check.ts';

export class AuditedRun {
  readonly record: RunRecord;
  readonly store: ObjectStore;
  readonly artifacts: ArtifactStore;
  readonly signal: AbortSignal;
  /** Segments of embeddings that were found to be corrupt so far. */
  readonly damagedSegments: Difference[] = [];
  readonly #refs: ReadonlyMap<string, ArtifactRef>;
  readonly #caches = new Map<string, EmbeddingCache>();

  /** @param scratch folder for what has to be a file to be read */
  constructor(record: RunRecord, store: ObjectStore, scratch: string, signal: AbortSignal) {
    this.record = record;
    this.store = readOnly(store);
    this.artifacts = new ArtifactStore(this.store, join(scratch, 'files'));
    this.signal = signal;
    this.#refs = new Map(referencesIn(record).map((ref) => [ref.sha256, ref]));
  }

  /** Key of a file in the run's folder. */
  key(name: string): string {
    return `${runFolder(this.record)}${name}`;
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

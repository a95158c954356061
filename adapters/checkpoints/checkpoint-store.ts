/**
 * Checkpoints of one training in the store, keyed by the training and not by the run:
 * another attempt, worker or run goes on from the newest.
 *
 * `latest.json` names the owner and the newest checkpoints and moves only by If-Match. Whoever starts an attempt
 * claims it; a former owner that wakes up finds itself fenced at its next save.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { z } from 'zod';
import { filesOf, objectRef, sha256Hex } from '../../contracts/artifact.ts';
import { ATTEMPT_CHECKPOINTS, trainingAttempt, type TrainingAttempt } from '../../contracts/steps.ts';
import { canonicalJson, digestOf } from '../../core/canonical.ts';
import { ArtifactLostError } from '../artifacts/artifact-lost.ts';
import { download } from '../artifacts/download.ts';
import { filesBelow } from '../artifacts/local-files.ts';
import { placeBelow } from '../files/below.ts';
import { sha256OfFile } from '../object-store/file-digest.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { CollectionWatch } from '../retention/collection-watch.ts';

const manifest = z.strictObject({
  step: z.number().int().nonnegative(),
  memoryMicroBatch: z.number().int().positive().nullable(),
  files: z.strictObject({ digest: sha256Hex, files: filesOf(objectRef) }),
});
const latestSchema = z.strictObject({
  owner: z.string(),
  /** Newest first; the second is there in case the first is damaged. */
  checkpoints: z.array(manifest),
  /** Everybody who has claimed the training, the owner last. */
  attempts: z.array(trainingAttempt),
});
type Latest = z.infer<typeof latestSchema>;
type Manifest = z.infer<typeof manifest>;

/** Complete checkpoints that are kept. */
const KEEP = 2;
/** Files moved at the same time. */
const CONCURRENCY = 4;

/** Another attempt owns this training now. */
export class FencedError extends Error {
  override readonly name = 'FencedError';

  constructor(trainingKey: string) {
    super(`Training ${trainingKey} was taken over by another attempt: this one stops`);
  }
}

/** A complete checkpoint folder on this machine. */
export interface Checkpoint {
  readonly step: number;
  /** Pairs a forward pass, where memory did not hold what the recipe says; what goes on from here does the same. */
  readonly memoryMicroBatch: number | null;
  readonly folder: string;
}

export class CheckpointStore {
  readonly #objects: ObjectStore;
  readonly #collections: CollectionWatch;
  readonly #trainingKey: string;
  readonly #owner: string = randomUUID();
  #checkpoints: readonly Manifest[] = [];
  #attempts: TrainingAttempt[] = [];
  #etag: string | null = null;

  constructor(objects: ObjectStore, trainingKey: string, collections = new CollectionWatch(objects)) {
    this.#objects = objects;
    this.#collections = collections;
    this.#trainingKey = trainingKey;
  }

  /** Step of the newest checkpoint in the store, by this attempt's own claim and saves. */
  get newestStep(): number | null {
    return this.#checkpoints[0]?.step ?? null;
  }

  /** All attempts at the training that are known, this one last. */
  get attempts(): TrainingAttempt[] {
    return this.#attempts;
  }

  /**
   * Makes this attempt the owner: every former one is fenced from here on, and what it has left half done is removed.
   *
   * @throws CondemnedError when a garbage collection is about to remove the checkpoints
   */
  async claim(by: Pick<TrainingAttempt, 'run' | 'worker'>): Promise<void> {
    const startedAt = new Date().toISOString();
    do {
      const found = await this.#objects.get(this.#latestKey);
      this.#etag = found?.etag ?? null;
      const { checkpoints, attempts } = found ? parseLatest(found.body, this.#prefix) : NOTHING;
      this.#checkpoints = checkpoints;
      this.#attempts = [...attempts, { ...by, startedAt, resumedFrom: this.newestStep, ended: null }];
    } while (!(await this.#moveLatest(this.#checkpoints)) || !(await this.#hasOutlivedCollections()));
    await this.#removeHalfDone();
  }

  /**
   * Downloads the newest whole checkpoint below `folder`; each file is checked by its digest before it has its name.
   *
   * @param warn told when a newer one is damaged and an older one is taken
   * @returns null when there is none to resume from
   */
  async download(folder: string, warn: (message: string) => void): Promise<Checkpoint | null> {
    for (const { step, memoryMicroBatch, files } of this.#checkpoints) {
      const partial = join(folder, `${stepName(step)}.partial`);
      const target = join(folder, stepName(step));
      try {
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        await pMap(
          files.files,
          async ({ path, ...ref }) => download(this.#objects, ref, await placeBelow(partial, path), 'wx'),
          { concurrency: CONCURRENCY },
        );
        await rm(target, { recursive: true, force: true });
        await rename(partial, target);
        this.#change({ resumedFrom: step, resumedDigest: files.digest });
        return { step, memoryMicroBatch, folder: target };
      } catch (error) {
        if (!(error instanceof ArtifactLostError)) throw error;
        warn(`The checkpoint of step ${step} can't be used, an older one is tried: ${error.message}`);
      }
    }
    this.#change({ resumedFrom: null });
    return null;
  }

  /**
   * Uploads a complete checkpoint and moves `latest` to it; all but the last two are removed.
   *
   * @throws FencedError when another attempt has claimed the training
   */
  async save({ step, memoryMicroBatch, folder }: Checkpoint): Promise<void> {
    const before = this.#checkpoints;
    const files = await this.#upload(step, folder);
    // A newer one than this was damaged, or it would have been gone on from.
    const older = before.filter((known) => known.step < step);
    const kept = [{ step, memoryMicroBatch, files }, ...older].slice(0, KEEP);
    this.#remember(step, files.digest);
    if (!(await this.#moveLatest(kept))) throw new FencedError(this.#trainingKey);
    const named = new Set(keysOf(kept));
    await this.#objects.delete(keysOf(before).filter((key) => !named.has(key)));
  }

  /** Says how this attempt ended, where it did not finish; for the record only, so that a fenced one says nothing. */
  async end(how: NonNullable<TrainingAttempt['ended']>): Promise<void> {
    this.#change({ ended: how });
    await this.#moveLatest(this.#checkpoints);
  }

  /** Removes everything of this training, once its result is recorded. */
  async clear(): Promise<void> {
    // First what names the others: nobody is to go on from half a checkpoint.
    await this.#objects.delete([this.#latestKey]);
    await this.#removeWhere(() => true);
  }

  get #prefix(): string {
    return `checkpoints/${this.#trainingKey}/`;
  }

  get #latestKey(): string {
    return `${this.#prefix}latest.json`;
  }

  async #upload(step: number, folder: string): Promise<Manifest['files']> {
    const prefix = `${this.#prefix}${stepName(step)}/${this.#owner}`;
    const files = await pMap(
      await filesBelow(folder),
      async (path) => {
        const file = join(folder, path);
        const ref = {
          path,
          key: `${prefix}/${path}`,
          sha256: await sha256OfFile(file),
          bytes: (await stat(file)).size,
        };
        await this.#objects.putIfAbsent(ref.key, { file });
        return ref;
      },
      { concurrency: CONCURRENCY },
    );
    return { digest: digestOf(files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes }))), files };
  }

  /** False where a collection has not seen the claim and is over: then nothing is there any more. */
  async #hasOutlivedCollections(): Promise<boolean> {
    await this.#collections.refuse([this.#prefix]);
    return (await this.#objects.head(this.#latestKey)) !== null;
  }

  async #moveLatest(checkpoints: readonly Manifest[]): Promise<boolean> {
    const next: Latest = { owner: this.#owner, checkpoints: [...checkpoints], attempts: this.#attempts };
    const body = Buffer.from(canonicalJson(next));
    if (this.#etag) await this.#objects.putIfMatch(this.#latestKey, body, this.#etag);
    else await this.#objects.putIfAbsent(this.#latestKey, body);
    // What stands there decides, not the answer: a write whose answer was lost is refused when it is tried again.
    const latest = await this.#objects.get(this.#latestKey);
    if (!latest || Buffer.compare(latest.body, body) !== 0) return false;
    this.#etag = latest.etag;
    this.#checkpoints = checkpoints;
    return true;
  }

  #remember(step: number, digest: string): void {
    const saved = (this.#attempts.at(-1)?.checkpoints ?? []).filter((known) => known.step !== step);
    this.#change({ checkpoints: [...saved, { step, digest }].slice(-ATTEMPT_CHECKPOINTS) });
  }

  #change(change: Partial<TrainingAttempt>): void {
    this.#attempts = this.#attempts.map((attempt, index) =>
      index === this.#attempts.length - 1 ? { ...attempt, ...change } : attempt,
    );
  }

  /** What is named by no checkpoint and older than this claim: a later owner may be uploading already. */
  async #removeHalfDone(): Promise<void> {
    const claimed = await this.#objects.head(this.#latestKey);
    const named = new Set(keysOf(this.#checkpoints));
    if (claimed) await this.#removeWhere(({ key, modified }) => modified < claimed.modified && !named.has(key));
  }

  async #removeWhere(isToGo: (object: { readonly key: string; readonly modified: Date }) => boolean): Promise<void> {
    const keys: string[] = [];
    for await (const object of this.#objects.list(this.#prefix)) if (isToGo(object)) keys.push(object.key);
    await this.#objects.delete(keys);
  }
}

function keysOf(checkpoints: readonly Manifest[]): string[] {
  return checkpoints.flatMap(({ files }) => files.files.map(({ key }) => key));
}

function stepName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

const NOTHING: Pick<Latest, 'checkpoints' | 'attempts'> = { checkpoints: [], attempts: [] };

/** A damaged latest.json names nothing to resume from: the training starts again rather than fail for ever. */
function parseLatest(body: Uint8Array, prefix: string): Pick<Latest, 'checkpoints' | 'attempts'> {
  try {
    const latest = latestSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    // What it names is read, and removed once newer ones are safe.
    return keysOf(latest.checkpoints).every((key) => key.startsWith(prefix)) ? latest : NOTHING;
  } catch {
    return NOTHING;
  }
}

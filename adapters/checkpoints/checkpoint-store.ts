/**
 * Checkpoints of one training in the store, keyed by the training and not by the run: another attempt, worker or run
 * resumes from the newest. Which ones count, `latest.json` says (training-claim.ts).
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ATTEMPT_CHECKPOINTS, type Arithmetic, type TrainingAttempt } from '../../contracts/steps.ts';
import { digestOf } from '../../core/canonical.ts';
import { ArtifactLostError } from '../artifacts/artifact-lost.ts';
import { download } from '../artifacts/download.ts';
import { filesBelow } from '../artifacts/local-files.ts';
import { placeBelow } from '../files/below.ts';
import { sha256OfFile } from '../object-store/file-digest.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { mapParallel } from '../requests/map-parallel.ts';
import { CollectionWatch } from '../retention/collection-watch.ts';
import {
  FencedError,
  keysOf,
  TrainingClaim,
  type Claimant,
  type ClaimOptions,
  type Latest,
  type Manifest,
} from './training-claim.ts';

/** Complete checkpoints that are kept. */
const KEEP = 2;
/** Files moved at the same time. */
const CONCURRENCY = 4;

/** A complete checkpoint folder on this machine. */
export interface Checkpoint {
  readonly step: number;
  /** Pairs a forward pass, where memory did not hold what the recipe says; whoever resumes from here does the same. */
  readonly memoryMicroBatch: number | null;
  readonly folder: string;
}

export class CheckpointStore {
  readonly #objects: ObjectStore;
  readonly #collections: CollectionWatch;
  readonly #claim: TrainingClaim;

  constructor(objects: ObjectStore, trainingKey: string, collections = new CollectionWatch(objects)) {
    this.#objects = objects;
    this.#collections = collections;
    this.#claim = new TrainingClaim(objects, trainingKey);
  }

  /** Step of the newest checkpoint in the store, by this attempt's own claim and saves. */
  get newestStep(): number | null {
    return this.#claim.latest.checkpoints[0]?.step ?? null;
  }

  /** All attempts at the training that are known, this one last. */
  get attempts(): readonly TrainingAttempt[] {
    return this.#claim.latest.attempts;
  }

  /** What this attempt computes in, as it was chosen when it claimed the training. */
  get arithmetic(): Arithmetic {
    const { arithmetic } = this.#claim.latest;
    if (!arithmetic) throw new Error('the training was claimed without choosing what it is computed in');
    return arithmetic;
  }

  /**
   * Makes this attempt the owner: every former one is fenced from here on, and what it has left half done is removed.
   *
   * @throws TrainingHeldError while another run trains
   * @throws CondemnedError when a garbage collection is about to remove the checkpoints
   */
  async claim(by: Claimant, options: ClaimOptions = {}): Promise<void> {
    let halfDone: string[];
    do {
      // Listed before the claim is written: whoever has uploaded these is fenced by it, and can name them nowhere.
      halfDone = await this.#claim.claim(by, options, (before) => this.#filesBut(keysOf(before.checkpoints)));
    } while (!(await this.#hasOutlivedCollections()));
    await this.#objects.delete(halfDone);
  }

  /**
   * Says that this attempt is alive.
   *
   * @throws FencedError when another attempt has claimed the training
   */
  renew(): Promise<void> {
    return this.#claim.update((latest) => latest);
  }

  /**
   * Downloads the newest whole checkpoint below `folder`; each file is checked by its digest before it has its name.
   *
   * @param warn called when a newer one is damaged and an older one is taken
   * @returns null when there is none to resume from
   */
  async download(folder: string, warn: (message: string) => void): Promise<Checkpoint | null> {
    for (const { step, memoryMicroBatch, files } of this.#claim.latest.checkpoints) {
      const partial = join(folder, `${stepName(step)}.partial`);
      const target = join(folder, stepName(step));
      try {
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        await mapParallel(
          files.files,
          async ({ path, ...ref }) => download(this.#objects, ref, await placeBelow(partial, path), 'wx'),
          { concurrency: CONCURRENCY },
        );
        await rm(target, { recursive: true, force: true });
        await rename(partial, target);
        await this.#change({ resumedFrom: step, resumedDigest: files.digest });
        return { step, memoryMicroBatch, folder: target };
      } catch (error) {
        if (!(error instanceof ArtifactLostError)) throw error;
        warn(`The checkpoint of step ${step} can't be used, an older one is tried: ${error.message}`);
      }
    }
    await this.#change({ resumedFrom: null });
    return null;
  }

  /**
   * Uploads a complete checkpoint and moves `latest` to it; all but the last two are removed.
   *
   * @throws FencedError when another attempt has claimed the training
   */
  async save({ step, memoryMicroBatch, folder }: Checkpoint): Promise<void> {
    const saved: Manifest = { step, memoryMicroBatch, files: await this.#upload(step, folder) };
    const named = new Set<string>();
    await this.#claim.update((latest) => {
      for (const key of keysOf(latest.checkpoints)) named.add(key);
      // A newer one than this was damaged, or this attempt would have resumed from it.
      const older = latest.checkpoints.filter((known) => known.step < step);
      return { ...withSaved(latest, saved), checkpoints: [saved, ...older].slice(0, KEEP) };
    });
    for (const key of keysOf(this.#claim.latest.checkpoints)) named.delete(key);
    await this.#objects.delete([...named]);
  }

  /** Frees the training: others need not wait until nobody renews it. An attempt that is fenced frees nothing. */
  async end(how: NonNullable<TrainingAttempt['ended']>): Promise<void> {
    await unlessFenced(this.#change({ ended: how }));
  }

  /** Removes everything of this training, once its result is recorded; nothing where another attempt owns it. */
  async clear(): Promise<void> {
    await unlessFenced(this.#clear());
  }

  async #clear(): Promise<void> {
    const files = await this.#filesBut([]);
    // From here on nobody resumes from these files; they were listed before, when nobody else had claimed the training.
    await this.#claim.update((latest) => ({ ...latest, checkpoints: [] }));
    await this.#objects.delete(files);
    await this.#objects.delete([this.#claim.key]);
  }

  async #upload(step: number, folder: string): Promise<Manifest['files']> {
    const prefix = `${this.#claim.prefix}${stepName(step)}/${this.#claim.owner}`;
    const files = await mapParallel(
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
    await this.#collections.refuse([this.#claim.prefix]);
    return (await this.#objects.head(this.#claim.key)) !== null;
  }

  #change(change: Partial<TrainingAttempt>): Promise<void> {
    return this.#claim.update((latest) => withChange(latest, change));
  }

  /** Keys of all files in the store but the named ones. */
  async #filesBut(named: readonly string[]): Promise<string[]> {
    const spared = new Set([...named, this.#claim.key]);
    const keys: string[] = [];
    for await (const { key } of this.#objects.list(this.#claim.prefix)) if (!spared.has(key)) keys.push(key);
    return keys;
  }
}

function withChange(latest: Latest, change: Partial<TrainingAttempt>): Latest {
  const attempts = latest.attempts.map((attempt, index) =>
    index === latest.attempts.length - 1 ? { ...attempt, ...change } : attempt,
  );
  return { ...latest, attempts };
}

function withSaved(latest: Latest, { step, files: { digest } }: Manifest): Latest {
  const known = (latest.attempts.at(-1)?.checkpoints ?? []).filter((saved) => saved.step !== step);
  return withChange(latest, { checkpoints: [...known, { step, digest }].slice(-ATTEMPT_CHECKPOINTS) });
}

/** What a fenced attempt has to say is of no interest: the training is another one's. */
async function unlessFenced(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof FencedError)) throw error;
  });
}

function stepName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/**
 * `latest.json` of one training: who owns it, whether the owner is alive, and the newest checkpoints.
 *
 * It moves by If-Match only. The owner renews it with a counter; others never compare clocks, but look twice and see
 * whether its ETag has changed in between. A former owner that wakes up finds another one named, and is fenced.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { filesOf, objectRef, sha256Hex } from '../../contracts/artifact.ts';
import {
  arithmetic,
  TRAINING_ATTEMPTS,
  trainingAttempt,
  type Arithmetic,
  type TrainingAttempt,
} from '../../contracts/steps.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { ObjectStore } from '../object-store/object-store.ts';

const manifest = z.strictObject({
  step: z.number().int().nonnegative(),
  memoryMicroBatch: z.number().int().positive().nullable(),
  files: z.strictObject({ digest: sha256Hex, files: filesOf(objectRef) }),
});
const latestSchema = z.strictObject({
  owner: z.string(),
  /** Newest first; the second is there in case the first is damaged. */
  checkpoints: z.array(manifest),
  /** Who has claimed the training, the owner last: once that one has ended, the training is free. */
  attempts: z.array(trainingAttempt),
  /** Raised by each write of the owner: an owner that is alive changes the ETag. Absent in what older builds wrote. */
  beat: z.number().int().nonnegative().exactOptional(),
  /** What the checkpoints are computed in. */
  arithmetic: arithmetic.exactOptional(),
});
export type Latest = z.infer<typeof latestSchema>;
export type Manifest = z.infer<typeof manifest>;

/** Another attempt owns this training now. */
export class FencedError extends Error {
  override readonly name = 'FencedError';

  constructor(trainingKey: string) {
    super(`Training ${trainingKey} was taken over by another attempt: this one stops`);
  }
}

/** Another run trains the same thing now: this one waits for its result. */
export class TrainingHeldError extends Error {
  override readonly name = 'TrainingHeldError';
  /** The attempt that trains. */
  readonly holder: TrainingAttempt;
  /** State of the claim: when it is still the same after a whole lease, nobody is alive to renew it. */
  readonly seen: string;

  constructor(holder: TrainingAttempt, seen: string) {
    const { run, worker, startedAt } = holder;
    super(
      `Run ${run.workflowId} (${run.runId}) trains the same on ${worker} since ${startedAt}: ` +
        'this run waits for its result, and takes over if it stops',
    );
    this.holder = holder;
    this.seen = seen;
  }
}

/** Who claims a training. */
export type Claimant = Pick<TrainingAttempt, 'run' | 'worker'>;

export interface ClaimOptions {
  /** What {@link TrainingHeldError} said when this run looked before, a whole lease ago. @default null */
  readonly seen?: string | null;
  /**
   * Chooses what this attempt computes in.
   *
   * @param pinned by the checkpoints that it goes on from; null: there are none
   * @throws when this attempt can't honour it: the training stays as it is
   */
  readonly choose?: (pinned: Arithmetic | null) => Arithmetic;
}

export class TrainingClaim {
  readonly #objects: ObjectStore;
  readonly #trainingKey: string;
  /** Names this attempt among all that ever claim the training. */
  readonly owner: string = randomUUID();
  #mine: Latest;
  #etag = '';
  #beat = 0;
  /** Writes of the owner follow one another: each names the ETag that the one before has left. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(objects: ObjectStore, trainingKey: string) {
    this.#objects = objects;
    this.#trainingKey = trainingKey;
    this.#mine = { ...NOTHING, owner: this.owner };
  }

  /** The state that this owner has written last. */
  get latest(): Latest {
    return this.#mine;
  }

  /** Of everything that belongs to the training. */
  get prefix(): string {
    return `checkpoints/${this.#trainingKey}/`;
  }

  get key(): string {
    return `${this.prefix}latest.json`;
  }

  /**
   * Makes this attempt the owner, and fences the former one. A training is free when its last attempt has ended, when
   * that was one of the same run, or when it has not been renewed since this run looked before.
   *
   * @param beforeWriting called between reading the former state and replacing it: nobody has claimed in between
   * @throws TrainingHeldError while another run trains
   */
  async claim<R>(
    by: Claimant,
    { seen = null, choose }: ClaimOptions,
    beforeWriting: (before: Latest) => Promise<R>,
  ): Promise<R> {
    for (;;) {
      const found = await this.#objects.get(this.key);
      const before = found ? this.#parse(found.body) : NOTHING;
      if (found) refuseHeld(before, by, found.etag, seen);
      const pinned = before.checkpoints.length > 0 ? (before.arithmetic ?? null) : null;
      const chosen = choose ? choose(pinned) : pinned;
      const prepared = await beforeWriting(before);
      const resumedFrom = before.checkpoints[0]?.step ?? null;
      const attempt: TrainingAttempt = { ...by, startedAt: new Date().toISOString(), resumedFrom, ended: null };
      const { checkpoints, attempts } = before;
      const kept = withAttempt(attempts, attempt);
      const next: Latest = { owner: this.owner, checkpoints, attempts: kept, beat: ++this.#beat };
      if (await this.#put(chosen ? { ...next, arithmetic: chosen } : next, found?.etag ?? null)) return prepared;
    }
  }

  /**
   * Writes a changed state, as the owner.
   *
   * @param change of the state that stands there: called again where an earlier write turns out to have been made
   *   although its answer was lost
   * @throws FencedError when another attempt has claimed the training
   */
  async update(change: (mine: Latest) => Latest): Promise<void> {
    const write = async (): Promise<void> => {
      for (;;) {
        const next = { ...change(this.#mine), beat: ++this.#beat };
        const written = await this.#put(next, this.#etag);
        if (written === null) throw new FencedError(this.#trainingKey);
        if (written) return;
      }
    };
    const writing = this.#writing.then(write);
    this.#writing = writing.catch(() => {});
    return writing;
  }

  /**
   * Tries a conditional write. What stands there afterwards decides, not the answer: a write whose answer was lost is
   * refused when it is tried again.
   *
   * @returns false when another state of this owner stands there; null when it is somebody else's
   */
  async #put(next: Latest, etag: string | null): Promise<boolean | null> {
    const body = Buffer.from(canonicalJson(next));
    if (etag === null) await this.#objects.putIfAbsent(this.key, body);
    else await this.#objects.putIfMatch(this.key, body, etag);
    const found = await this.#objects.get(this.key);
    const latest = found && this.#parse(found.body);
    if (!latest || latest.owner !== this.owner) return null;
    this.#etag = found.etag;
    this.#mine = latest;
    return latest.beat === next.beat;
  }

  /** A damaged latest.json names nothing to resume from: the training starts again rather than fail for ever. */
  #parse(body: Uint8Array): Latest {
    try {
      const latest = latestSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
      // What it names is read, and removed once newer ones are safe.
      return keysOf(latest.checkpoints).every((key) => key.startsWith(this.prefix)) ? latest : NOTHING;
    } catch {
      return NOTHING;
    }
  }
}

/** The first attempt says when the training began; of the others the newest stay. */
function withAttempt(attempts: readonly TrainingAttempt[], attempt: TrainingAttempt): TrainingAttempt[] {
  const all = [...attempts, attempt];
  return all.length <= TRAINING_ATTEMPTS ? all : [all[0]!, ...all.slice(all.length - TRAINING_ATTEMPTS + 1)];
}

/** The same run's earlier attempt may be alive, if its worker can't reach Temporal: it is fenced. */
function refuseHeld({ attempts }: Latest, { run }: Claimant, etag: string, seen: string | null): void {
  const holder = attempts.at(-1);
  if (!holder || holder.ended !== null || etag === seen) return;
  const isSameRun = holder.run.workflowId === run.workflowId && holder.run.runId === run.runId;
  if (!isSameRun) throw new TrainingHeldError(holder, etag);
}

const NOTHING: Latest = { owner: '', checkpoints: [], attempts: [] };

/** Keys of the files of checkpoints. */
export function keysOf(checkpoints: readonly Manifest[]): string[] {
  return checkpoints.flatMap(({ files }) => files.files.map(({ key }) => key));
}

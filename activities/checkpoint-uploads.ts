/** Uploads checkpoints beside the training: one at a time, the newest first, through outages of the store. */
import { setTimeout as wait } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import type { Checkpoint, CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import { FencedError } from '../adapters/checkpoints/training-claim.ts';
import { StoreUnavailableError } from '../adapters/object-store/store-error.ts';

/** Between tries while the store is away. */
const RETRY_MS = 2_000;

export class CheckpointUploads {
  readonly #store: CheckpointStore;
  readonly #afterSave: () => Promise<void>;
  readonly #warn: (message: string) => void;
  readonly #fence = new AbortController();
  #waiting: Checkpoint | null = null;
  #newest = -1;
  #working: Promise<void> | null = null;
  #failure: unknown = null;

  /** @param afterSave what is to follow each checkpoint into the store; it must not throw */
  constructor(
    store: CheckpointStore,
    warn: (message: string) => void,
    afterSave: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#store = store;
    this.#afterSave = afterSave;
    this.#warn = warn;
  }

  /** Aborted when an upload failed for good, above all when another attempt has taken over: training on is in vain. */
  get fenced(): AbortSignal {
    return this.#fence.signal;
  }

  /**
   * Queues a complete checkpoint; one that still waits is dropped for the newer one. A step that was queued before is
   * nothing new: a trainer that is told to stop names the checkpoint that it has.
   */
  add(checkpoint: Checkpoint): void {
    if (checkpoint.step <= this.#newest) return;
    this.#newest = checkpoint.step;
    const dropped = this.#waiting;
    this.#waiting = checkpoint;
    if (dropped) void rm(dropped.folder, { recursive: true, force: true });
    this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  /**
   * Waits for what is queued.
   *
   * @throws what made an upload fail for good: FencedError, or an error that waiting does not mend
   */
  async drain(): Promise<void> {
    await this.#working;
    if (this.#failure instanceof Error) throw this.#failure;
  }

  /** Lets the upload that is under way end, and begins no other: nothing reads the folders any more after that. */
  async abandon(): Promise<void> {
    this.#failure ??= new Error('the trainer has failed');
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting && !this.#failure) {
      const checkpoint = this.#waiting;
      this.#waiting = null;
      try {
        await this.#store.save(checkpoint);
        await this.#afterSave();
        await rm(checkpoint.folder, { recursive: true, force: true });
      } catch (error) {
        await this.#afterFailure(checkpoint, error);
      }
    }
  }

  async #afterFailure(checkpoint: Checkpoint, error: unknown): Promise<void> {
    if (error instanceof StoreUnavailableError) {
      this.#warn(`checkpoint of step ${checkpoint.step} waits: ${error.message}`);
      this.#waiting ??= checkpoint;
      await wait(RETRY_MS);
      return;
    }
    this.#failure = error;
    this.#warn(
      error instanceof FencedError ? error.message : `checkpoint of step ${checkpoint.step} failed: ${String(error)}`,
    );
    this.#fence.abort();
  }
}

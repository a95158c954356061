/** Keeps the claim on a training alive while an attempt works on it, and says when another one has taken over. */
import { setTimeout as wait } from 'node:timers/promises';
import type { CheckpointStore } from '../adapters/checkpoints/checkpoint-store.ts';
import { FencedError } from '../adapters/checkpoints/training-claim.ts';

/** As often as an activity's heartbeat. */
const RENEW_MS = 5_000;

/**
 * For how long a claim must not have changed before another run takes the training over: six renewals that never came.
 * A waiting run sleeps for as long between two looks, by Temporal's timer, so no clocks are compared.
 */
export const LEASE_MS = 30_000;

export class TrainingLease {
  readonly #lost = new AbortController();
  readonly #closed = new AbortController();
  readonly #renewing: Promise<void>;

  /** @param warn called when a renewal fails that may succeed later */
  constructor(checkpoints: Pick<CheckpointStore, 'renew'>, warn: (message: string) => void, renewMs = RENEW_MS) {
    this.#renewing = this.#renew(checkpoints, warn, renewMs);
  }

  /** Aborted once another attempt has taken the training over: its reason is the FencedError. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Stops renewing. The claim itself stays until it is ended, or lapses. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#renewing;
  }

  async #renew(
    checkpoints: Pick<CheckpointStore, 'renew'>,
    warn: (message: string) => void,
    ms: number,
  ): Promise<void> {
    const { signal } = this.#closed;
    while (await wait(ms, true, { signal }).catch(() => false))
      try {
        await checkpoints.renew();
      } catch (error) {
        if (error instanceof FencedError) return this.#lost.abort(error);
        warn(`the claim on the training is not renewed: ${String(error)}`);
      }
  }
}

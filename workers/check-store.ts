/** A worker's first look at its bucket: one that can't be used ends it by name, before work is lost in it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { examineStore } from '../adapters/object-store/examine-store.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { StoreUnavailableError } from '../adapters/object-store/store-error.ts';

/** Milliseconds between looks at a store that is away: every activity waits for it as well. */
const AGAIN_MS = 30_000;

/**
 * Looks once, and returns. A worker may be started before its store: where that is away, it is examined beside the work,
 * and what is found then is an uncaught error, which ends the worker.
 *
 * @throws StoreUnfitError, StoreRefusedError where the store can't be used, with what to do
 */
export async function checkStore(
  store: ObjectStore,
  logger: Logger,
  stop: AbortSignal,
  againMs = AGAIN_MS,
): Promise<void> {
  if (await isExamined(store, logger)) return;
  void lookAgain(store, logger, stop, againMs);
}

async function lookAgain(store: ObjectStore, logger: Logger, stop: AbortSignal, againMs: number): Promise<void> {
  do await wait(againMs, undefined, { signal: stop, ref: false }).catch(() => undefined);
  while (!stop.aborted && !(await isExamined(store, logger)));
}

/** False while it is away. */
async function isExamined(store: ObjectStore, logger: Logger): Promise<boolean> {
  try {
    await examineStore(store);
    return true;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    logger.warn({ reason: error.message }, 'the object store is away, and is examined later');
    return false;
  }
}

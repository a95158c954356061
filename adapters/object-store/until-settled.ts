/** Conditional writes that lose to others are made again, with pauses, a bounded number of times. */
import { Tries } from '../requests/tries.ts';
import { StoreUnavailableError } from './store-error.ts';

/** Others may be as many as the workers of a night; a store that never lets anybody win is out of order. */
const ROUNDS = 20;
/** Milliseconds: one loses within the time of a request, and the one that won has moved on by then. */
const PAUSES = { first: 5, longest: 2_000 };

/**
 * Looks and writes until one round is decided.
 *
 * @param what is done, such as "put steps/split/…"
 * @param round gives null when somebody else has moved the object meanwhile: then it is looked at again
 * @throws StoreUnavailableError when no round was decided
 */
export async function untilSettled<T>(url: string, what: string, round: () => Promise<T | null>): Promise<T> {
  const cause = new Error(`of ${ROUNDS} conditional writes none was done, and none found another one's object there`);
  const tries = new Tries(
    () => ({
      error: new StoreUnavailableError(url, what, { cause }),
      tries: ROUNDS,
      waitsFor: `the object store ${url}: it refuses a conditional write (${what})`,
    }),
    PAUSES,
  );
  for (;;) {
    const result = await round();
    if (result !== null) {
      tries.end();
      return result;
    }
    await tries.next(cause);
  }
}

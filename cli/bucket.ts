/** The bucket for commands that need it alone, and what to do about it where it can't be used. */
import { ChampionError } from '../adapters/champion/champion-error.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { StoreRefusedError, StoreUnavailableError } from '../adapters/object-store/store-error.ts';
import { CliError, EXIT } from './exit.ts';

/**
 * @param store null where it is the local one, which nobody has made yet
 * @throws {CliError} for that
 */
export function requireBucket(store: ObjectStore | null): ObjectStore {
  if (store !== null) return store;
  throw new CliError(
    'There is no local bucket yet: `veille demo` or `veille dev` makes one; or set S3_ENDPOINT to another.',
    EXIT.unreachable,
  );
}

/**
 * @throws {CliError} in the place of what {@link bucketError} knows
 * @throws whatever else `work` throws
 */
export async function tellingOfBucket<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw (error instanceof Error ? bucketError(error) : null) ?? error;
  }
}

/** The error to end with where the bucket does not answer or refuses, or its champion won't do; null for any other. */
export function bucketError(error: Error): CliError | null {
  if (error instanceof ChampionError) {
    const exitCode = error.code === 'unknown-revision' ? EXIT.usage : EXIT.failed;
    return new CliError(error.message, exitCode, { cause: error });
  }
  const message = error.message.replace(/\.$/, '');
  if (error instanceof StoreUnavailableError) {
    const advice = 'Check S3_ENDPOINT; where it is unset, `veille dev` starts a local server.';
    return new CliError(`${message}. ${advice}`, EXIT.unreachable, { cause: error });
  }
  if (!(error instanceof StoreRefusedError)) return null;
  return new CliError(`${message}; \`veille doctor\` tries it all.`, EXIT.unreachable, { cause: error });
}

/** Branches that run side by side and stop together. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Runs branches concurrently. When one fails, the others are cancelled and waited for, so that nothing goes on
 * behind a failed run's back, and the first failure that is not a cancellation is thrown.
 */
export async function together<T extends readonly unknown[]>(
  ...branches: { readonly [K in keyof T]: () => Promise<T[K]> }
): Promise<T> {
  const scope = new CancellationScope();
  const failures: unknown[] = [];
  const results = await scope.run(() =>
    Promise.all(
      branches.map(async (branch: () => Promise<unknown>) => {
        try {
          return await branch();
        } catch (error) {
          failures.push(error);
          scope.cancel();
          return undefined;
        }
      }),
    ),
  );
  if (failures.length > 0) throw failures.find((failure) => !isCancellation(failure)) ?? failures[0];
  return results as unknown as T;
}

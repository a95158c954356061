/** Branches that run side by side and stop together. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Runs branches concurrently. When one fails, the others are cancelled, and the first failure that is not a
 * cancellation is thrown once they have taken notice. A child workflow has ended by then; an activity may still be
 * saving its work, and whoever does that work next fences it off.
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

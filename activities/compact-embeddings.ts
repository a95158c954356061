/** Activity `compactEmbeddings`: merges the small segments that many nights have left in an encoder's cache. */
import { Context } from '@temporalio/activity';
import type { CompactedCache, CompactInput } from '../contracts/activities.ts';
import type { ActivityDeps } from './deps.ts';

export function createCompactEmbeddings({ embeddings }: Pick<ActivityDeps, 'embeddings'>) {
  return async ({ encoder }: CompactInput): Promise<CompactedCache> => {
    const context = Context.current();
    const done = await embeddings(encoder).compact(Date.now(), { signal: context.cancellationSignal });
    context.log.info('compacted a cache of embeddings', { encoder: encoder.digest, ...done });
    return done;
  };
}

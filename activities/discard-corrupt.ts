/** Activity `discardCorrupt`: removes an object whose bytes are wrong, so that its step is computed again. */
import { Context } from '@temporalio/activity';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { ActivityDeps } from './deps.ts';

export function createDiscardCorrupt({ artifacts }: Pick<ActivityDeps, 'artifacts'>) {
  /** @returns false when the object is whole or gone already */
  return async (ref: ArtifactRef): Promise<boolean> => {
    const dropped = await artifacts.dropIfCorrupt(ref);
    Context.current().log.warn(dropped ? 'a corrupt object was removed' : 'a missing object will be made again', {
      object: ref.key,
    });
    return dropped;
  };
}

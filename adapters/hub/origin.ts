/** What a record says of a source that was read from the hub. */
import { repositoryOf } from '../../contracts/hub-source.ts';
import type { HubOrigin } from '../../contracts/steps.ts';
import type { HubCommit } from './hub.ts';

export function originOf({ parsed, commit, license }: HubCommit): HubOrigin {
  return { repository: repositoryOf(parsed), revision: parsed.revision, commit, license };
}

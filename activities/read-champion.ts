/** Activity `readChampion`: the model that retrieves now. */
import type { ChampionEntry } from '../contracts/champion.ts';
import type { ActivityDeps } from './deps.ts';

export function createReadChampion({ champions }: Pick<ActivityDeps, 'champions'>) {
  return async (): Promise<ChampionEntry | null> => (await champions.read())?.entries[0] ?? null;
}

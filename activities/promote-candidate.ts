/** Activity `promoteCandidate`: a fine-tuned model takes the champion's place, unless that has changed meanwhile. */
import type { ChampionEntry } from '../contracts/champion.ts';
import type { PromoteInput } from '../contracts/gate-activities.ts';
import type { ActivityDeps } from './deps.ts';

export function createPromoteCandidate({ champions }: Pick<ActivityDeps, 'champions'>) {
  return ({ candidate, ...move }: PromoteInput): Promise<ChampionEntry | null> =>
    champions.promote(candidate, { ...move, at: new Date() });
}

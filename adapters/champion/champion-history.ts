/** Questions about the moves of the champion, newest first. */
import type { ChampionEntry, ChampionFile } from '../../contracts/champion.ts';
import { ChampionError } from './champion-error.ts';

type Entries = ChampionFile['entries'];

/** The promotion whose model an entry is about: a rollback brings back an earlier one. */
export function promotionOf({ revision, restores }: ChampionEntry): number {
  return restores ?? revision;
}

/**
 * The promotion of the model that was champion before the present one was promoted; so two rollbacks in a row go two back.
 *
 * @throws ChampionError `nothing-before`
 */
export function promotionBefore(entries: Entries): number {
  const present = promotionOf(champion(entries));
  const before = entries.find(({ revision }) => revision === present - 1);
  if (before) return promotionOf(before);
  throw new ChampionError(
    'nothing-before',
    `The champion is the model of revision ${present}, the first that was promoted: there is none to roll back to.`,
  );
}

/**
 * The promotion that a rollback to a revision brings back.
 *
 * @throws ChampionError `unknown-revision`, `same-model`
 */
export function promotionToRestore(entries: Entries, revision: number): ChampionEntry {
  const newest = champion(entries);
  const entry = entryOf(entries, revision);
  const promotion = entry && entryOf(entries, promotionOf(entry));
  if (!promotion)
    throw new ChampionError(
      'unknown-revision',
      `There is no revision ${revision} of the champion: there are 1 to ${newest.revision}.`,
    );
  if (promotion.revision === promotionOf(newest))
    throw new ChampionError(
      'same-model',
      `The model of revision ${revision} is the champion already, as revision ${newest.revision}: nothing is to be done.`,
    );
  return promotion;
}

function champion([newest]: Entries): ChampionEntry {
  if (!newest) throw new RangeError('a champion file has at least one entry');
  return newest;
}

function entryOf(entries: Entries, revision: number): ChampionEntry | undefined {
  return entries.find((entry) => entry.revision === revision);
}

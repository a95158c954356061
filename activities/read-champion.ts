/** Activity `readChampion`: the model that retrieves now. */
import { Context } from '@temporalio/activity';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import type { ChampionEntry } from '../contracts/champion.ts';
import type { ActivityDeps } from './deps.ts';
import { publishRecord } from './publish-record.ts';

/** Moves that are looked at: an older one was looked at by the runs in between. */
const RECENT_MOVES = 8;

/** Whoever asks for the champion finds it with its record: that of a run that was killed before it had put it is put now. */
export function createReadChampion({ champions, artifacts }: Pick<ActivityDeps, 'champions' | 'artifacts'>) {
  return async (): Promise<ChampionEntry | null> => {
    const entries = (await champions.read())?.entries ?? [];
    for (const { run, record } of entries.slice(0, RECENT_MOVES)) if (record) await publish(artifacts, { run, record });
    return entries[0] ?? null;
  };
}

/** The champion is one without its record too: an audit says that it is missing. */
async function publish(
  artifacts: ActivityDeps['artifacts'],
  entry: Required<Pick<ChampionEntry, 'run' | 'record'>>,
): Promise<void> {
  try {
    await publishRecord(artifacts, entry);
  } catch (error) {
    if (!(error instanceof ArtifactLostError)) throw error;
    Context.current().log.warn('the record of a champion is lost', { ...entry.run, object: entry.record.key });
  }
}

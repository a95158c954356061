/** The champion that a recorded run was measured against, for its reproduction to be measured against too. */
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { CHAMPION_KEY, ChampionStore } from '../../adapters/champion/champion-store.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { ChampionEntry } from '../../contracts/champion.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RunRecord } from '../../contracts/run-record.ts';

/** Steps that can't be reproduced without the champion. */
const OF_THE_CHAMPION: readonly StepName[] = [
  'embed-champion',
  'index-champion',
  'evaluate-champion',
  'guard-reference',
  'judge',
];

/** Steps that are not compared, and why. */
export type LeftOut = ReadonlyMap<StepName, string>;

/**
 * Writes the champion of the record into an empty namespace, with the objects that it takes to measure it. A run that was
 * measured against the base model needs none.
 *
 * @returns the steps that can't be reproduced, where the bucket no longer knows that champion
 */
export async function seedChampion(
  { gate: { reference } }: RunRecord,
  recorded: ArtifactStore,
  namespace: ArtifactStore,
): Promise<LeftOut> {
  if (reference.kind === 'base') return new Map();
  const { revision, run } = reference;
  const entries = (await new ChampionStore(recorded.objects).read())?.entries ?? [];
  const entry = entries.find((one) => one.revision === revision && one.run.runId === run.runId);
  if (!entry) return without(`models/champion.json no longer has revision ${revision}, ${run.workflowId}`);
  try {
    for (const ref of objectsOf(entry)) {
      await recorded.withFile(ref, (file) => namespace.objects.putIfAbsent(ref.key, { file }));
    }
  } catch (error) {
    if (error instanceof ArtifactLostError) return without(`of champion revision ${revision}: ${error.message}`);
    throw error;
  }
  const body = Buffer.from(JSON.stringify({ schema: 1, entries: [entry] }));
  await namespace.objects.putIfAbsent(CHAMPION_KEY, body);
  return new Map();
}

/** Its encoder embeds the test part, and its own parts say which queries it has seen. */
function objectsOf({ encoder, data }: ChampionEntry): ArtifactRef[] {
  return [...encoder.files.files, data.train, data.dev];
}

function without(reason: string): LeftOut {
  return new Map(OF_THE_CHAMPION.map((step) => [step, reason]));
}

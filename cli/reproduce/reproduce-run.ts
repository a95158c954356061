/** Runs the input of a record again in services that hold nothing yet, and compares what comes out. */
import { join } from 'node:path';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { Provenance } from '../../contracts/artifact.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { CliContext } from '../context.ts';
import { followRun, runFailed } from '../commands/follow.ts';
import type { ServicesSession } from '../commands/with-services.ts';
import { findRecord } from '../records/find-record.ts';
import { runScreen } from '../render/run-screen.ts';
import { startRun } from '../start-run.ts';
import { compareRuns, type ComparedRun, type Comparison } from './compare-runs.ts';
import type { ReproductionPlace } from './place.ts';
import { seedChampion } from './seed-champion.ts';

/** Steps that tell others of a result, or decide what to do about it: they are no part of it. */
const BESIDE_THE_RESULT: readonly (readonly [StepName, string])[] = [
  ['track', 'nothing is sent to W&B'],
  ['promote', 'no champion is moved'],
  ['record', 'it names times and machines'],
];

export interface Reproduction extends Comparison {
  /** In the services of the reproduction. */
  readonly reproduction: Provenance;
  readonly notCompared: readonly { readonly step: StepName; readonly reason: string }[];
}

export interface ReproduceOptions {
  /** The state folder of the services. */
  readonly folder: string;
  readonly input: RetrainConfig;
  /** Where the run is shown. */
  readonly terminal: CliContext['terminal'];
}

/**
 * @param recorded its artifacts are only read
 * @throws {RunFailedError} when the reproduction ends without a result
 * @throws {InterruptedError} after Ctrl-C
 */
export async function reproduceRun(
  { context, signal, divertNews }: ServicesSession,
  place: ReproductionPlace,
  recorded: ComparedRun,
  { folder, input, terminal }: ReproduceOptions,
): Promise<Reproduction> {
  const namespace = new ArtifactStore(place.openNamespace(folder), join(folder, 'cache'));
  const impossible = await seedChampion(recorded.record, recorded.artifacts, namespace);
  const client = await context.temporal.client();
  const run = await startRun(client, recorded.record.workflowId, { ...input }, 'normal');
  const screen = runScreen(terminal);
  divertNews((line) => screen.notice(line));
  const view = await followRun(client, run, screen, signal);
  if (view.result === null) throw runFailed(context, view);
  const reproduced = { record: await findRecord(namespace.objects, run), artifacts: namespace };
  const notCompared = new Map([...BESIDE_THE_RESULT, ...impossible]);
  return {
    ...(await compareRuns([recorded, reproduced], new Set(notCompared.keys()))),
    reproduction: run,
    notCompared: Array.from(notCompared, ([step, reason]) => ({ step, reason })),
  };
}

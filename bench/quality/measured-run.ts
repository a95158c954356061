/** One recipe by the whole workflow: where each test query's passage ranks before and after, and what it cost. */
import { fromJsonLines } from '../../activities/json-lines.ts';
import { parseRunRecord } from '../../cli/records/parse-record.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { mineResult, type MineResult } from '../../contracts/steps.ts';
import type { Pair } from '../../core/clean.ts';
import { buildCorpus } from '../../core/corpus.ts';
import type { Rank } from '../../core/ranking.ts';
import type { TestStack } from '../../test/fixtures/test-stack.ts';
import { retrain } from '../../workflows/retrain.ts';

export interface MeasuredRun {
  /** By test query. */
  readonly zeroShot: readonly Rank[];
  readonly fineTuned: readonly Rank[];
  /** Number of each test query's passage, by which intervals are clustered. */
  readonly passages: readonly number[];
  readonly trainingSeconds: number;
  /** Null where none are mined. */
  readonly mining: MineResult | null;
}

/** @param rows of the example, of which 15 % are the test part */
export async function measureRun(
  { client, artifacts }: TestStack,
  workflowId: string,
  rows: number,
  training: RetrainInput['training'],
): Promise<MeasuredRun> {
  const input: RetrainInput = {
    preset: 'demo',
    data: { source: 'example:legal-fr', limit: rows },
    evaluation: { bm25: false },
    training,
    tracking: { mode: 'none' },
  };
  const args: [RetrainInput] = [input];
  const result = await client.workflow.execute(retrain, { workflowId, taskQueue: CPU_QUEUE, args });

  const bytesOf = (name: string): Promise<Uint8Array> => artifacts.getBytes(named(result.artifacts, name));
  const ranksIn = async (name: string): Promise<Rank[]> =>
    fromJsonLines<{ rank: Rank }>(await bytesOf(name)).map(({ rank }) => rank);
  const { steps } = parseRunRecord(await bytesOf('record'));
  const mined = steps.find(({ step }) => step === 'mine-negatives');
  const { startedAt = Number.NaN, finishedAt = Number.NaN } =
    result.steps.find(({ name }) => name === 'fine-tune') ?? {};
  return {
    zeroShot: await ranksIn('base ranks per query'),
    fineTuned: await ranksIn('fine-tuned ranks per query'),
    passages: [...buildCorpus(fromJsonLines<Pair>(await bytesOf('test part'))).gold],
    trainingSeconds: (finishedAt - startedAt) / 1_000,
    mining: mined ? mineResult.parse(mined.result) : null,
  };
}

function named(artifacts: Readonly<Record<string, ArtifactRef>>, name: string): ArtifactRef {
  const ref = artifacts[name];
  if (!ref) throw new Error(`the run has no artifact "${name}", only ${Object.keys(artifacts).join(', ')}`);
  return ref;
}

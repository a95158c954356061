/** Embed, index, evaluate: the same three steps for the base model, the fine-tuned one and the champion. */
import type { CpuActivities } from '../contracts/activities.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { StepName } from '../contracts/progress.ts';
import { perfectNote } from '../contracts/learning-notes.ts';
import type { Model } from '../contracts/step-inputs.ts';
import type { EmbedResult, EvaluateResult, IndexResult, StepOutcome } from '../contracts/steps.ts';
import { describedActivities } from './described-activities.ts';
import { embedPart } from './embed-part.ts';
import type { Embedded } from './embed.ts';
import { onGpuQueue } from './gpu-queue.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { indexNote } from './step-notes.ts';

const cpu: CpuActivities = describedActivities(CPU);

export type Branch = 'base' | 'tuned' | 'champion';

/** What one branch of the DAG has made. */
export interface Evaluated extends Model {
  readonly index: IndexResult;
  readonly evaluation: EvaluateResult;
}

export async function evaluated(
  run: RunState,
  branch: Branch,
  { encoder, prefixes }: Model,
  test: ArtifactRef,
): Promise<Evaluated> {
  const model = { encoder, prefixes };
  await embedStep(run, `embed-${branch}`, model, test);
  const { factory } = run.config.index;
  const index = await run.board.run(
    `index-${branch}`,
    () => cpu.buildIndex({ ...model, test, factory, step: `index-${branch}` }),
    indexNote,
  );
  const { evaluation } = run.config;
  const measured = await run.board.run(
    `evaluate-${branch}`,
    () => cpu.evaluateRetrieval({ ...model, test, index, evaluation, step: `evaluate-${branch}` }),
    ({ metrics }) => (branch === 'base' ? perfectNote(metrics) : null),
  );
  return { ...model, index, evaluation: measured };
}

/** One embedding step: all queries and positives of a part. */
export async function embedStep(run: RunState, step: StepName, model: Model, rows: ArtifactRef): Promise<void> {
  const note = { text: '' };
  await run.board.run(
    step,
    async () => {
      const { outcome, text } = await embedRows(run, step, model, rows);
      note.text = text;
      return outcome;
    },
    () => note.text,
  );
}

/** @param name of the child workflow below this run, where one step embeds several parts. @default the step's */
export async function embedRows(
  run: RunState,
  step: StepName,
  { encoder, prefixes }: Model,
  rows: ArtifactRef,
  name: string = step,
): Promise<{ readonly outcome: StepOutcome<EmbedResult>; readonly text: string }> {
  const { embedding } = run.config;
  const embed = (): Promise<Embedded> => embedPart(name, { encoder, rows, prefixes, embedding, step });
  const embedded = await (encoder.device === 'cuda' ? onGpuQueue(run.board, step, embed) : embed());
  const { outcome, encoded, cached, truncated } = embedded;
  run.embedded(encoded, cached ?? 0);
  const text = `${encoded} encoded, ${cached ?? 0} from the cache${truncated > 0 ? `, ${truncated} truncated` : ''}`;
  return { outcome: { ...outcome, cached: encoded === 0 }, text };
}

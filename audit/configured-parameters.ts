/** Parameters that a run's configuration gives a step: what else a step was computed with, nobody asked for. */
import type { RecordedStep, RunRecord } from '../contracts/run-record.ts';

/**
 * Those of a step that come from the configuration; an empty object where none does, or where they are another model's.
 * The activities that make the steps decide what is a parameter: this says what it must be.
 */
export function configuredParameters(
  { config }: Pick<RunRecord, 'config'>,
  { step, name }: Pick<RecordedStep, 'step' | 'name'>,
): Readonly<Record<string, unknown>> {
  const { data, split, model, embedding, index, evaluation, training, gate } = config;
  const prefixes = { query: model.queryPrefix, passage: model.passagePrefix };
  // A champion reads its texts with the prefixes of its own run.
  const ownPrefixes = step.endsWith('champion') || step === 'guard-reference' ? {} : { prefixes };
  switch (name) {
    case 'split': {
      const { columns, limit, dropDuplicates } = data;
      return { columns, limit, dropDuplicates, split };
    }
    case 'export': {
      const { precision, device } = embedding;
      return { maxSeqLength: model.maxSeqLength, precision, device };
    }
    case 'embed':
    case 'evaluate-guards':
      return ownPrefixes;
    case 'index':
      return { ...ownPrefixes, factory: index.factory };
    case 'evaluate':
      return { ...ownPrefixes, seed: evaluation.seed, miniNegatives: evaluation.miniNegatives };
    case 'mine-negatives':
      return { prefixes, hardNegatives: training.hardNegatives };
    case 'fine-tune': {
      const { checkpointSteps: _, checkpointSeconds: __, hangSeconds: ___, ...recipe } = training;
      return { prefixes, maxSeqLength: model.maxSeqLength, training: recipe };
    }
    case 'judge':
      return { rule: { ...gate, guards: rulesOf(gate.guards) } };
    default:
      return {};
  }
}

function rulesOf(guards: RunRecord['config']['gate']['guards']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(guards).map(([name, guard]) => {
      const { data: _, ...rule } = guard;
      return [name, rule];
    }),
  );
}

/** Parameters that a run's configuration and its sources give a step: what else it was computed with, nobody asked for. */
import type { RecordedStep, RunRecord } from '../contracts/run-record.ts';

/** Parameters of steps that follow from other results or from the machine, by the names of step records. */
const FOLLOWING: Readonly<Record<string, readonly string[]>> = {
  compare: ['base', 'fineTuned', 'bootstrap'],
  judge: ['reference'],
  'mine-negatives': ['seed'],
  // Decided when the training starts, by the device that it starts on.
  'fine-tune': ['arithmetic'],
  track: ['mode', 'config', 'metrics'],
};

/** Names of parameters that a step has and nobody knows of. */
export function unknownParameters(
  run: Pick<RunRecord, 'config' | 'sources'>,
  { step, name, parameters }: Pick<RecordedStep, 'step' | 'name' | 'parameters'>,
): string[] {
  const known = [...Object.keys(configuredParameters(run, { step, name })), ...(FOLLOWING[name] ?? []), 'prefixes'];
  return Object.keys(parameters).filter((parameter) => !known.includes(parameter));
}

/**
 * Those of a step that come from the configuration; an empty object where none does, or where they are another model's.
 * The activities that make the steps decide what is a parameter: this says what it must be.
 */
export function configuredParameters(
  { config, sources }: Pick<RunRecord, 'config' | 'sources'>,
  { step, name }: Pick<RecordedStep, 'step' | 'name'>,
): Readonly<Record<string, unknown>> {
  const { data, split, model, embedding, index, evaluation, training, gate } = config;
  const prefixes = { query: model.queryPrefix, passage: model.passagePrefix };
  // A champion reads its texts with the prefixes of its own run.
  const ownPrefixes = step.endsWith('champion') || step === 'guard-reference' ? {} : { prefixes };
  switch (name) {
    case 'resolve': {
      const { format } = sources.data;
      return { data: format, guards: mapped(sources.guards, (guard) => guard.format), origins: sources.origins };
    }
    case 'split': {
      const { columns, limit, dropDuplicates } = data;
      return { columns, limit, dropDuplicates, split, format: sources.data.format };
    }
    case 'read-guards':
      return mapped(gate.guards, ({ data: { columns } }, guard) => ({
        columns,
        format: sources.guards[guard]?.format,
      }));
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

export function rulesOf(guards: RunRecord['config']['gate']['guards']): Readonly<Record<string, unknown>> {
  return mapped(guards, (guard) => {
    const { data: _, ...rule } = guard;
    return rule;
  });
}

function mapped<T>(guards: Readonly<Record<string, T>>, map: (guard: T, name: string) => unknown) {
  return Object.fromEntries(Object.entries(guards).map(([name, guard]) => [name, map(guard, name)]));
}

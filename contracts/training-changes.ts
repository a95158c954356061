/** From what a trial changes to the input of a run. Free of zod, since workflow code imports it. */
import { overlay } from './overlay.ts';
import type { RetrainConfig, RetrainInput } from './retrain-input.ts';
import type { TrainingChanges } from './sweep-result.ts';

/** The input of a run that trains by `config` but for the changes, which are not validated here. */
export function changedInput(config: RetrainConfig, changes: TrainingChanges): RetrainInput {
  return { ...config, training: changedTraining(config, changes) };
}

/** The training section alone: of changes that were validated, a whole one. */
export function changedTraining(config: RetrainConfig, changes: TrainingChanges): RetrainConfig['training'] {
  return Object.entries(changes).reduce<unknown>(
    (section, [path, value]) => overlay(section, atPath(path.split('.'), value)),
    config.training,
  ) as RetrainConfig['training'];
}

function atPath([name, ...rest]: readonly string[], value: unknown): unknown {
  return name === undefined ? value : { [name]: atPath(rest, value) };
}

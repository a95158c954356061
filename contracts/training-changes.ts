/** From what a trial changes to the input of a run. Free of zod, since workflow code imports it. */
import { overlay } from './overlay.ts';
import type { RetrainConfig, RetrainInput } from './retrain-input.ts';
import type { TrainingChanges } from './sweep-result.ts';

/** The input of a run that trains by `config` but for the changes, which are not validated here. */
export function changedInput(config: RetrainConfig, changes: TrainingChanges): RetrainInput {
  const training = Object.entries(changes).reduce<unknown>(
    (section, [path, value]) => overlay(section, atPath(path.split('.'), value)),
    config.training,
  );
  return { ...config, training } as RetrainInput;
}

function atPath([name, ...rest]: readonly string[], value: unknown): unknown {
  return name === undefined ? value : { [name]: atPath(rest, value) };
}

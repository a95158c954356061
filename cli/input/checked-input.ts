/** A run's input with every default, checked as the run itself checks it. */
import { preparedConfig } from '../../activities/prepare-run.ts';
import { InputError } from '../../contracts/parse-input.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import { UsageError } from '../exit.ts';
import type { InputObject } from './assignment.ts';

/** @throws {UsageError} naming each field that is wrong, its value and what is allowed */
export function checkedInput(input: InputObject): RetrainConfig {
  try {
    return preparedConfig(input);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

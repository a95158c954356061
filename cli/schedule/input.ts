/** The input that a schedule's runs will get: put together as for `veille run`, and checked before it is kept. */
import { InputError, parseRetrainInput } from '../../contracts/parse-input.ts';
import { UsageError } from '../exit.ts';
import { withLocalSources, type WithLocalSources } from '../input/local-sources.ts';
import { runInput, type InputOptions } from '../input/run-input.ts';

/**
 * The input as given, without defaults: a run takes those of the version that runs it. A run that starts now shows a
 * mistake now; one that starts at night would show it in the morning.
 *
 * @throws {UsageError} naming each field that is wrong, its value and what is allowed
 */
export async function scheduledInput(options: InputOptions): Promise<WithLocalSources> {
  const given = await withLocalSources(await runInput(options), options);
  try {
    parseRetrainInput(given.input);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  return given;
}

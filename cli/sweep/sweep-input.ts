/** Puts a sweep's input together: the file's values, and over them the options. */
import { UsageError } from '../exit.ts';
import { preparedConfig } from '../../activities/prepare-run.ts';
import { parseSweepInput } from '../../contracts/parse-sweep-input.ts';
import { isObject, type InputObject } from '../input/assignment.ts';
import { checkedConfig, notesOn, type PreparedInput, type WorkersHere } from '../input/prepared-input.ts';
import { withLocalSources, type WithLocalSources } from '../input/local-sources.ts';
import { configFile, withOptions, type InputOptions } from '../input/run-input.ts';
import { parseGrid } from './grid-option.ts';

export interface SweepInputOptions extends InputOptions {
  /** `path=value,value` below `training`. */
  readonly grid?: readonly string[];
  readonly metric?: string;
  readonly parallelism?: number;
}

/** Fields that a run's input does not have: by them a file with a whole sweep is told from one with its base. */
const SWEEP_FIELDS = ['base', 'grid', 'list'];

/**
 * The input as the workflow gets it, checked as `veille run` checks its own. `--name`, `--preset`, `--set`, `--data`,
 * `--model` and `--guard` go into its base.
 *
 * @throws {UsageError} for a file that can't be read or holds no JSON object, for malformed options, for fields that are
 * wrong, and for sources that lie here and can't be read
 */
export async function preparedSweep(
  options: SweepInputOptions,
  workers: WorkersHere | undefined,
): Promise<PreparedInput> {
  const given = await sweepInput(options);
  const base = given.input['base'] as InputObject;
  const config = await checkedConfig(() => {
    const { base: parsed } = parseSweepInput(given.input);
    return preparedConfig(parsed);
  }, workers);
  return { ...given, config, notes: notesOn(base, config) };
}

/** The same, unchecked. */
export async function sweepInput(options: SweepInputOptions): Promise<WithLocalSources> {
  const { grid = [], metric, parallelism } = options;
  const file = await configFile(options);
  const sweep = SWEEP_FIELDS.some((field) => Object.hasOwn(file, field)) ? file : { base: file };
  const base = sweep['base'] ?? {};
  if (!isObject(base)) throw new UsageError(`--config ${options.config}: base must be the input of a run, such as {}`);
  const { input, uploads } = await withLocalSources(withOptions(base, options), options);
  const given = {
    ...sweep,
    base: input,
    ...(grid.length > 0 ? { grid: parseGrid(grid) } : {}),
    ...(metric === undefined ? {} : { metric }),
    ...(parallelism === undefined ? {} : { parallelism }),
  };
  return { input: given, uploads };
}

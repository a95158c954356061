/** From what a caller sent to a full configuration, or to an error that a person can act on. */
import type { z } from 'zod';
import { isObject, overlay } from './overlay.ts';
import { isPreset, presetOf, presetValues } from './presets.ts';
import { boundMessage, printable, quoteText } from './quote.ts';
import { defaultName } from './run-name.ts';
import { suggestField } from './suggest-field.ts';
import { PRESET_NAMES, retrainConfig, type RetrainConfig } from './retrain-input.ts';

/** As many as a message lists: the others show once these are mended. */
const MOST_PROBLEMS = 12;

/** One or more fields of the input are wrong; the message names each field, its value and what is allowed. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    const listed = problems.slice(0, MOST_PROBLEMS).map(({ field, problem }) => `${quoteText(field, 120)} ${problem}`);
    const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
    super(boundMessage(`Invalid input: ${[...listed, ...more].join('; ')}`));
    this.problems = problems;
  }

  /** The first of them, as many as the message names. */
  get fields(): string[] {
    return this.problems.slice(0, MOST_PROBLEMS).map(({ field }) => quoteText(field, 120));
  }
}

export interface InputProblem {
  /** Dotted path. */
  readonly field: string;
  /** The value, and what is allowed. */
  readonly problem: string;
}

/**
 * Fills in defaults and the run's name: the input over its preset over the reference recipe. Objects are merged, arrays
 * and values replaced. No input at all, as the Temporal UI sends it, is `{}`.
 *
 * @throws InputError
 */
export function parseRetrainInput(input: unknown): RetrainConfig {
  const given = input ?? {};
  if (!isObject(given))
    throw new InputError([{ field: 'input', problem: `is ${show(given)}: must be one JSON object, such as {}` }]);
  const preset = presetOf(given);
  if (!isPreset(preset))
    throw new InputError([
      { field: 'preset', problem: `is ${show(preset)}: must be one of ${PRESET_NAMES.join(', ')}` },
    ]);
  const config = parseInput(retrainConfig, overlay({ preset, ...presetValues(preset, given) }, given));
  requireTimeToApprove(config);
  requireNamesForTracking(config);
  return { ...config, name: config.name ?? defaultName(config) };
}

/** Not in the schema, which also reads the records of runs that started before this was refused. */
function requireTimeToApprove({ promote, approvalHours, timeoutHours }: RetrainConfig): void {
  if (promote !== 'manual' || approvalHours < timeoutHours) return;
  const problem =
    `is ${approvalHours}: must be less than timeoutHours, which is ${timeoutHours}, ` +
    'or the run is stopped while it still waits for an approval';
  throw new InputError([{ field: 'approvalHours', problem }]);
}

/** What no project of W&B may have in its name, by its client's own rule (`Settings.validate_project`). */
const NOT_IN_PROJECTS = /[/\\#?%:]/;
/** W&B's name of a run is that of its group, a hyphen and eight digits; it has at most 128 characters. */
const LONGEST_GROUP = 128 - 9;

/** Before hours of training, not after. Outside of the schema as well: runs with such names were recorded. */
function requireNamesForTracking({ tracking: { mode, project, group } }: RetrainConfig): void {
  if (mode === 'none') return;
  const problems: InputProblem[] = [];
  const refuse = (name: string, value: string, what: string): void =>
    void problems.push({ field: `tracking.${name}`, problem: `is ${show(value)}: ${what}` });
  if (NOT_IN_PROJECTS.test(project) || project.trim() === '' || hasUnprintable(project))
    refuse('project', project, 'W&B takes no project with / \\ # ? % : or control characters in its name');
  if (group !== null && (group.trim() === '' || hasUnprintable(group)))
    refuse('group', group, 'W&B takes no group without letters, or with control characters in its name');
  if (group !== null && group.length > LONGEST_GROUP)
    refuse('group', group, `must be at most ${LONGEST_GROUP} characters long, since W&B's run is called so as well`);
  if (problems.length > 0) throw new InputError(problems);
}

function hasUnprintable(text: string): boolean {
  return printable(text) !== text;
}

/**
 * The value with the schema's defaults.
 *
 * @throws InputError
 */
export function parseInput<Config>(schema: z.ZodType<Config>, input: unknown): Config {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (!parsed.success) throw new InputError(parsed.error.issues.flatMap((issue) => describe(issue, input, schema)));
  return parsed.data;
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, input: unknown, schema: z.ZodType): InputProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key, position) => {
      // A message lists no more problems than this: an input of 60,000 unknown keys is not compared with all fields.
      const meant = position < MOST_PROBLEMS ? suggestField(schema, path, key) : null;
      const problem = `is not a field of ${path.join('.') || 'the input'}`;
      return {
        field: [...path, key].join('.'),
        problem: meant === null ? problem : `${problem}: did you mean ${meant}?`,
      };
    });
  const value = issue.path.reduce<unknown>(
    (node, name) => (node as Record<PropertyKey, unknown> | undefined)?.[name],
    input,
  );
  return [{ field: path.join('.') || 'input', problem: `is ${show(value)}: ${allowed(issue)}` }];
}

function allowed(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_union':
      return `must be ${issue.errors
        .map((issues) => issues.map(allowed).join(' and '))
        .join(', or ')
        .replaceAll('must be ', '')}`;
    default:
      return issue.message;
  }
}

function article(type: string): string {
  if (type === 'int') return 'a whole number';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function unit(origin: string): string {
  if (origin === 'string') return ' character(s) long';
  return origin === 'array' ? ' element(s) long' : '';
}

/** The value as JSON, shortened: an error message is no place for a document. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  return quoteText(JSON.stringify(value) ?? typeof value, 80);
}

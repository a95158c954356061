/** What the Temporal UI shows of a run from its first moment: what it trains on what, and its input. */
import { isPreset, presetOf, PRESETS } from '../contracts/presets.ts';
import { runSummary } from '../contracts/run-summary.ts';
import { isObject, type InputObject } from './input/assignment.ts';

/** The server keeps no longer details. */
const DETAILS_BYTES = 20_000;

export interface RunDescription {
  /** One line beside the workflow ID: "legalkit, bge-m3, nightly". */
  readonly staticSummary: string;
  /** Markdown. */
  readonly staticDetails: string;
}

/**
 * @param input as it was given, checked or not
 * @param schedule ID of the schedule that starts the run; null: a person does
 */
export function runDescription(input: InputObject, schedule: string | null = null): RunDescription {
  const { data, model, preset } = subject(input);
  return {
    staticSummary: runSummary(data, model, schedule ?? (preset === 'own' ? '' : preset)),
    staticDetails: details(`Fine-tunes ${what(input)}.`, input),
  };
}

/** @param input of a sweep, checked or not */
export function sweepDescription(input: InputObject): RunDescription {
  const base = isObject(input['base']) ? input['base'] : {};
  const { data, model } = subject(base);
  return {
    staticSummary: runSummary(data, model, 'sweep'),
    staticDetails: details(`Tries several trainings of ${what(base)}.`, input),
  };
}

function what(input: InputObject): string {
  const { data, model, preset } = subject(input);
  return `\`${model}\` on \`${data}\`, preset \`${preset}\``;
}

/** What is trained on what, as the input says or else its preset. */
function subject(input: InputObject): { readonly data: string; readonly model: string; readonly preset: string } {
  const preset = presetOf(input);
  const defaults = isPreset(preset) ? PRESETS[preset] : {};
  const source = (section: 'data' | 'model'): string => shown(given(input, section) ?? defaults[section]?.source);
  return { data: source('data'), model: source('model'), preset: shown(preset) };
}

function details(head: string, input: InputObject): string {
  const whole = [
    head,
    '',
    "Its input; what that does not say is the preset's, and then the reference recipe's:",
    '',
    '```json',
    JSON.stringify(input, null, 2),
    '```',
  ].join('\n');
  return Buffer.byteLength(whole) <= DETAILS_BYTES ? whole : `${head}\n\nIts input is too long to be shown here.`;
}

function given(input: InputObject, section: 'data' | 'model'): unknown {
  const values = input[section];
  return isObject(values) ? values['source'] : undefined;
}

/** A value that is no text is wrong, which the run says; here it is shown as it came. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** What the Temporal UI shows of a run from its first moment: what it trains on what, and its input. */
import { isPreset, presetOf, PRESETS } from '../contracts/presets.ts';
import { isObject, type InputObject } from './input/assignment.ts';

/** The server keeps no longer summary. */
const SUMMARY_BYTES = 200;
/** … and no longer details. */
const DETAILS_BYTES = 20_000;

export interface RunDescription {
  /** One line beside the workflow ID: the input itself, when it is short enough. */
  readonly staticSummary?: string;
  /** Markdown. */
  readonly staticDetails: string;
}

/** @param input as it was given, checked or not */
export function runDescription(input: InputObject): RunDescription {
  return described(`Fine-tunes ${what(input)}.`, input);
}

/** @param input of a sweep, checked or not */
export function sweepDescription(input: InputObject): RunDescription {
  const { base } = input;
  return described(`Tries several trainings of ${what(isObject(base) ? base : {})}.`, input);
}

function what(input: InputObject): string {
  const preset = presetOf(input);
  const defaults = isPreset(preset) ? PRESETS[preset] : {};
  const source = (section: 'data' | 'model'): string => code(given(input, section) ?? defaults[section]?.source);
  return `${source('model')} on ${source('data')}, preset ${code(preset)}`;
}

function described(head: string, input: InputObject): RunDescription {
  const text = JSON.stringify(input);
  const summary = text !== '{}' && Buffer.byteLength(text) <= SUMMARY_BYTES ? { staticSummary: text } : {};
  return { ...summary, staticDetails: details(head, input) };
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

/** What is no text is wrong, and is told by the run; here it is shown as it came. */
function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value ?? null)}\``;
}

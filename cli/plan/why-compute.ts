/** Why a step is computed: what differs from the nearest recorded one, in the words of the input. */
import type { StepName } from '../../contracts/progress.ts';
import type { LeafDifference } from '../../core/leaf-differences.ts';
import { oneLine } from '../render/line.ts';
import type { NearestRecord } from './nearest-records.ts';

/** Hexadecimal digits that tell digests of one bucket apart. */
const SHORT = 10;
const DIGEST = /^[0-9a-f]{40,64}$/;

/** What the inputs of step records are called. */
const INPUTS: Readonly<Record<string, string>> = {
  data: 'the data',
  model: 'the base model',
  adapter: 'the adapter',
  train: 'the train part',
  dev: 'the dev part',
  test: 'the test part',
  rows: 'the rows',
  encoder: 'the encoder',
  index: 'the index',
};

/** Where the parameters of a step record stand in the input: beginnings of paths, the longest first. */
const FIELDS: Readonly<Record<string, readonly (readonly [parameter: string, field: string])[]>> = {
  split: [
    ['split.', 'split.'],
    ['columns.', 'data.columns.'],
    ['', 'data.'],
  ],
  export: [
    ['maxSeqLength', 'model.maxSeqLength'],
    ['', 'embedding.'],
  ],
  index: [['factory', 'index.factory']],
  evaluate: [
    ['seed', 'evaluation.seed'],
    ['miniNegatives', 'evaluation.miniNegatives'],
  ],
  'mine-negatives': [
    ['seed', 'training.seed'],
    ['hardNegatives', 'training.hardNegatives'],
  ],
  'fine-tune': [
    ['training.', 'training.'],
    ['maxSeqLength', 'model.maxSeqLength'],
  ],
  judge: [
    ['rule.', 'gate.'],
    ['reference.', 'the champion’s '],
  ],
  track: [
    ['config.', ''],
    ['mode', 'the W&B mode'],
  ],
};

/** Of every step that puts prefixes before texts. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ['prefixes.query', 'model.queryPrefix'],
  ['prefixes.passage', 'model.passagePrefix'],
];

/**
 * @param name of the step's record
 * @param computed those of the steps before it that are to be computed
 */
export function whyCompute(
  name: string,
  nearest: NearestRecord | null,
  computed: readonly StepName[],
): readonly string[] {
  if (!nearest) return [computed.length > 0 ? follows(computed) : 'no earlier run of this step'];
  const { differences, record } = nearest;
  const follow = differences.some(({ path }) => path.startsWith('inputs.')) && computed.length > 0;
  const own = differences
    // What comes of the steps before it is said by naming them.
    .filter(({ path }) => !(follow && path.startsWith('inputs.')))
    .map((difference) => describe(name, difference));
  const last = own.pop();
  if (last !== undefined) own.push(`${last} in ${oneLine(record.madeBy.workflowId)}`);
  return [...(follow ? [follows(computed)] : []), ...own];
}

/** A step whose inputs nobody knows before those steps are computed. */
export function follows(steps: readonly StepName[]): string {
  return `follows from ${steps.join(' and ')}`;
}

function describe(name: string, { path, a, b }: LeafDifference): string {
  if (path === 'version') return `the step's code is version ${show(b)}, was ${show(a)}`;
  if (path === 'code')
    return 'its earlier result was computed by other code: the trainer or its locked packages changed';
  const [kind, ...rest] = path.split('.');
  if (kind === 'inputs') return `${inputName(rest.join('.'))} has other bytes: ${show(b)}, was ${show(a)}`;
  return `${fieldOf(name, rest.join('.'))} is ${show(b)}, was ${show(a)}`;
}

function inputName(input: string): string {
  return INPUTS[input] ?? input;
}

function fieldOf(name: string, parameter: string): string {
  const places = [...PREFIXES, ...(FIELDS[name] ?? [])];
  const found = places.find(([beginning]) => parameter.startsWith(beginning));
  return found ? found[1] + parameter.slice(found[0].length) : parameter;
}

function show(value: unknown): string {
  if (value === undefined) return 'not there';
  if (typeof value === 'string' && DIGEST.test(value)) return value.slice(0, SHORT);
  const text = oneLine(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

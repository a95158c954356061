/**
 * What a record says and nothing in the bucket proves: who, when, where and with what. History and step records repeat it,
 * but whoever may write the bucket may write those too. It is covered by the signature of the worker that recorded the
 * run, and rests on that alone.
 */
import type { RunRecord } from '../contracts/run-record.ts';

export interface Resting {
  /** What it is, for people. */
  readonly what: string;
  /** Paths in the record, with `*` for any name or position, and `**` for all that is at and below a place. */
  readonly paths: readonly string[];
}

export const RESTING: readonly Resting[] = [
  {
    what: 'who started the run, where, with which build, and when it began and ended',
    paths: ['temporal.namespace', 'temporal.startedBy', 'temporal.parent.**', 'buildId', 'startedAt', 'finishedAt'],
  },
  {
    what: 'who computed each step, when, on which machine, with which versions, and whether another run had',
    paths: [
      'steps.*.madeBy.**',
      'steps.*.startedAt',
      'steps.*.finishedAt',
      'steps.*.taken',
      'steps.*.parameters.arithmetic.**',
      'environments.**',
    ],
  },
  { what: 'the code of each step', paths: ['steps.*.version', 'steps.*.code', 'steps.*.result.runtime'] },
  {
    what: 'who was told of the end, and how long the run and its approval might take',
    paths: ['config.notify', 'config.timeoutHours', 'config.approvalHours'],
  },
  {
    what: 'who decided on the promotion, or would have, when and why',
    paths: ['config.promote', 'promotion.by', 'promotion.at', 'promotion.note'],
  },
  {
    what: "what the model's authors meant it to be used with",
    paths: ['sources.traits.**', 'steps.*.result.traits.**'],
  },
  { what: 'what the hub said of commits and licences', paths: ['sources.origins.**', 'licenses.*'] },
  {
    what: 'what a training says of itself beside its log',
    paths: [
      'steps.*.result.steps',
      'steps.*.result.stoppedEarly',
      'steps.*.result.memoryMicroBatch',
      'steps.*.result.learning.weightsChanged',
    ],
  },
  {
    what: 'how many negatives were considered',
    paths: ['steps.*.result.candidates', 'steps.*.result.suspects', 'steps.*.result.filledUp'],
  },
  { what: 'how many texts were encoded, and how many were there already', paths: ['texts.*'] },
];

/** Those of which this record has something. */
export function restingIn(record: RunRecord): readonly Resting[] {
  return RESTING.flatMap(({ what, paths }) => {
    const found = paths.filter((path) => has(record, path.split('.')));
    return found.length > 0 ? [{ what, paths: found }] : [];
  });
}

function has(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined || name === '**') return true;
  if (typeof value !== 'object' || value === null) return false;
  if (name === '*') return Object.values(value).some((child) => has(child, rest));
  return Object.hasOwn(value, name) && has((value as Record<string, unknown>)[name], rest);
}

/** Whether the list has a place in the record, or what it is in. */
export function isListed(path: readonly string[]): boolean {
  return RESTING.some(({ paths }) => paths.some((pattern) => isBelow(path, pattern.split('.'))));
}

function isBelow(path: readonly string[], pattern: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '**';
  const fixed = isOpen ? pattern.slice(0, -1) : pattern;
  if (isOpen ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((part, position) => part === '*' || part === path[position]);
}

/** An audit as lines: a mark, what was checked, how much of it there was, and what is otherwise than recorded. */
import type { RunAudit } from '../../audit/audit-run.ts';
import type { CheckResult, Difference } from '../../audit/check.ts';
import type { Colors } from '../context.ts';
import { labelled } from './labelled.ts';
import { oneLine } from './line.ts';
import { formatBytes, formatCount } from './quantity.ts';

const MARKS = {
  ok: { mark: '✓', colour: 'green' },
  failed: { mark: '✗', colour: 'red' },
  'not-checked': { mark: '–', colour: 'yellow' },
} as const satisfies Record<CheckResult['state'], unknown>;

const CHECK_WIDTH = 12;
const COUNT_WIDTH = 22;
const BYTES_WIDTH = 11;
/** Of each check: what is damaged as a whole would fill the screen. */
const SHOWN = 5;

/** @param place the bucket or copy, as messages call it */
export function auditReport({ run, record, checks, deep }: RunAudit, place: string, colors: Colors): string[] {
  return [
    `${deep ? 'Deep audit' : 'Audit'} of ${oneLine(run.workflowId)} in ${oneLine(place)}`,
    '',
    ...labelled('Run', [run.runId]),
    ...labelled('Record', [record === null ? 'none' : `sha256 ${record}`]),
    '',
    ...checks.flatMap((check) => checkLines(check, colors)),
  ];
}

/** What it comes to, in one line. */
export function auditVerdict({ run, checks, state }: RunAudit): string {
  const [first] = checks.flatMap(({ differences }) => differences);
  const name = oneLine(run.workflowId);
  if (state === 'unreadable') return `${name} can't be audited: another version of veille recorded it.`;
  if (first)
    return `${name} is damaged: ${placeOf(first)}: expected ${oneLine(first.expected)}, found ${oneLine(first.found)}.`;
  const left = checks.filter((check) => check.state === 'not-checked').map(({ check }) => check);
  const made = counted(checks.length - left.length, 'checks');
  const isUnsigned = checks.some(
    ({ check, state: one, count }) => check === 'signature' && one === 'ok' && count === 0,
  );
  const signature = isUnsigned ? ', and not signed' : '';
  return `${name} is clean${signature}: ${made}${left.length === 0 ? '' : `; not checked: ${left.join(', ')}`}.`;
}

function checkLines({ check, state, count, unit, bytes, note, differences }: CheckResult, colors: Colors): string[] {
  const { mark, colour } = MARKS[state];
  const looked = state === 'not-checked' ? '' : counted(count, unit).padEnd(COUNT_WIDTH);
  const read = state === 'not-checked' ? '' : (bytes === null ? '' : formatBytes(bytes)).padEnd(BYTES_WIDTH);
  const line = `${colors[colour](mark)}  ${check.padEnd(CHECK_WIDTH)}${looked}${read}${oneLine(note ?? '')}`;
  const more = differences.length - SHOWN;
  return [
    line.trimEnd(),
    ...differences.slice(0, SHOWN).flatMap(differenceLines),
    ...(more > 0 ? [`   and ${formatCount(more)} more`] : []),
  ];
}

/** `1 run`, `2 runs`. */
export function counted(count: number, plural: string): string {
  return `${formatCount(count)} ${count === 1 ? plural.replace(/s$/, '') : plural}`;
}

function differenceLines(difference: Difference): string[] {
  return [
    `   ${placeOf(difference)}`,
    `     expected  ${oneLine(difference.expected)}`,
    `     found     ${oneLine(difference.found)}`,
  ];
}

function placeOf({ object, place }: Difference): string {
  return oneLine([object, place].filter((part) => part !== null && part !== '').join(', '));
}

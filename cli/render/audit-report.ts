/** An audit as lines: a mark, what was checked, how much of it there was, and what is otherwise than recorded. */
import type { RunAudit } from '../../audit/audit-run.ts';
import type { CheckResult, Difference } from '../../audit/check.ts';
import { counted } from '../../contracts/count.ts';
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
export function auditReport(audit: RunAudit, place: string, colors: Colors): string[] {
  const { run, record, checks, deep } = audit;
  return [
    `${deep ? 'Deep audit' : 'Audit'} of ${oneLine(run.workflowId)} in ${oneLine(place)}`,
    '',
    ...labelled('Run', [run.runId]),
    ...labelled('Record', [record === null ? 'none' : `sha256 ${record}`]),
    '',
    ...checks.flatMap((check) => checkLines(check, colors)),
    ...restingLines(audit),
  ];
}

/** What nothing in the bucket proves: whoever reads the report decides whom to believe. */
function restingLines({ resting, signedBy }: RunAudit): string[] {
  if (resting.length === 0) return [];
  const on = signedBy === null ? 'nothing, since nobody who is trusted has signed it' : 'the signature alone';
  return ['', `Rests on ${on}:`, ...resting.map(({ what, paths }) => `   ${what} (${paths.join(', ')})`)];
}

/** What it comes to, in one line. */
export function auditVerdict({ run, checks, only, signedBy, state }: RunAudit): string {
  const [first] = checks.flatMap(({ differences }) => differences);
  const name = oneLine(run.workflowId);
  if (state === 'unreadable') return `${name} can't be audited: another version of veille recorded it.`;
  if (first) return `${name} is damaged: ${differenceLine(first)}.`;
  const left = checks.filter((check) => check.state === 'not-checked');
  const [unchecked] = left;
  if (unchecked) {
    const names = left.map(({ check }) => check).join(', ');
    return `The audit of ${name} is incomplete: not checked: ${names}. ${unchecked.check}: ${oneLine(unchecked.note ?? '')}.`;
  }
  const signature = signedBy === null ? ', and not signed by anybody who is trusted' : '';
  const made = `${counted(checks.length, 'check')}${only === null ? '' : ', those that were asked for'}`;
  return `${name} is clean${signature}: ${made}.`;
}

/** A difference in one line. */
export function differenceLine(difference: Difference): string {
  return `${placeOf(difference)}: expected ${oneLine(difference.expected)}, found ${oneLine(difference.found)}`;
}

function checkLines({ check, state, count, unit, bytes, note, differences }: CheckResult, colors: Colors): string[] {
  const { mark, colour } = MARKS[state];
  const looked = state === 'not-checked' ? '' : counted(count, unit.replace(/s$/, ''), unit).padEnd(COUNT_WIDTH);
  const read = state === 'not-checked' ? '' : (bytes === null ? '' : formatBytes(bytes)).padEnd(BYTES_WIDTH);
  const line = `${colors[colour](mark)}  ${check.padEnd(CHECK_WIDTH)}${looked}${read}${oneLine(note ?? '')}`;
  const more = differences.length - SHOWN;
  return [
    line.trimEnd(),
    ...differences.slice(0, SHOWN).flatMap(differenceLines),
    ...(more > 0 ? [`   and ${formatCount(more)} more`] : []),
  ];
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

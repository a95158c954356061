/** A sweep over a bucket as lines: one a run, and what they come to. */
import type { RunAudit } from '../../audit/audit-run.ts';
import type { ChampionAudit } from '../../audit/champions.ts';
import type { SweptRun } from '../../audit/sweep.ts';
import type { Colors } from '../context.ts';
import { counted } from '../../contracts/count.ts';
import { auditVerdict, differenceLine } from './audit-report.ts';
import { oneLine } from './line.ts';
import { formatCount } from './quantity.ts';

const MARKS = {
  clean: { mark: '✓', colour: 'green' },
  damaged: { mark: '✗', colour: 'red' },
  incomplete: { mark: '✗', colour: 'yellow' },
  unreadable: { mark: '–', colour: 'yellow' },
} as const satisfies Record<RunAudit['state'], unknown>;

export function sweepLine({ run, audit }: SweptRun, colors: Colors): string {
  const { mark, colour } = MARKS[audit?.state ?? 'clean'];
  const told = audit ? auditVerdict(audit) : `${oneLine(run.workflowId)} was clean before the interruption.`;
  return `${colors[colour](mark)}  ${told}  ${colors.dim(run.runId)}`;
}

export interface SweepSummary {
  readonly runs: number;
  /** Runs that an interrupted sweep had found clean. */
  readonly before: number;
  readonly damaged: number;
  readonly incomplete: number;
  readonly unreadable: number;
}

/** One line, and one for each move that is none of its run's. */
export function championLines({ count, differences }: ChampionAudit, colors: Colors): string[] {
  if (count === 0 && differences.length === 0) return [];
  const isClean = differences.length === 0;
  const mark = isClean ? colors.green('✓') : colors.red('✗');
  const told = isClean ? 'are what the records of their runs say' : 'are not what the records of their runs say:';
  return [
    `${mark}  ${counted(count, 'move of the champion', 'moves of the champion')} ${told}`,
    ...differences.map((difference) => `   ${differenceLine(difference)}`),
  ];
}

export function sweepSummary({ runs, before, damaged, incomplete, unreadable }: SweepSummary): string[] {
  const clean = runs - damaged - incomplete - unreadable;
  return [
    `${counted(runs, 'run')}: ${formatCount(clean)} clean, ${formatCount(damaged)} damaged, ` +
      `${formatCount(incomplete)} incomplete, ${formatCount(unreadable)} of another version of veille.`,
    ...(before === 0 ? [] : [`${formatCount(before)} of them were audited before the interruption.`]),
  ];
}

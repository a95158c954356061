/** A sweep over a bucket as lines: one a run, and what they come to. */
import type { RunAudit } from '../../audit/audit-run.ts';
import type { SweptRun } from '../../audit/sweep.ts';
import type { Colors } from '../context.ts';
import { auditVerdict, counted } from './audit-report.ts';
import { oneLine } from './line.ts';
import { formatCount } from './quantity.ts';

const MARKS = {
  clean: { mark: '✓', colour: 'green' },
  damaged: { mark: '✗', colour: 'red' },
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
  readonly unreadable: readonly RunAudit[];
}

export function sweepSummary({ runs, before, damaged, unreadable }: SweepSummary): string[] {
  const clean = runs - damaged - unreadable.length;
  return [
    `${counted(runs, 'runs')}: ${formatCount(clean)} clean, ${formatCount(damaged)} damaged, ` +
      `${formatCount(unreadable.length)} of another version of veille.`,
    ...(before === 0 ? [] : [`${formatCount(before)} of them were audited before the interruption.`]),
  ];
}

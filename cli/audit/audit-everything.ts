/** Audits every run that there is and the moves of the champion, and prints a line for each. */
import { join } from 'node:path';
import type { RunAudit } from '../../audit/audit-run.ts';
import { championDifferences } from '../../audit/champions.ts';
import { findRuns } from '../../audit/find-runs.ts';
import { sweep } from '../../audit/sweep.ts';
import { SweepState } from '../../audit/sweep-state.ts';
import { sha256 } from '../../core/canonical.ts';
import { keyId } from '../../provenance/keys.ts';
import { print, printJson } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { auditProgress } from '../render/audit-progress.ts';
import { auditVerdict, differenceLine } from '../render/audit-report.ts';
import { championLines, sweepLine, sweepSummary } from '../render/sweep-audit-report.ts';
import type { AuditRequest } from './audit-one.ts';

export interface SweepOptions {
  readonly stateDir: string;
  /** File of the sweep's state. @default one in the state folder for each bucket */
  readonly state?: string;
  readonly fresh?: boolean;
}

/** @throws {CliError} when a run is damaged, its audit is incomplete, or a move of the champion is none of its run's */
export async function auditEverything(
  request: AuditRequest,
  { stateDir, state: file, fresh = false }: SweepOptions,
): Promise<void> {
  const { store, name, deep, keys, tsaCertificate, only, codeSources, terminal, json } = request;
  const { requireSignature, allowUnsigned } = request;
  const trust = { keys: keys.map(keyId).sort(), requireSignature, allowUnsigned };
  const tsa = tsaCertificate?.fingerprint256 ?? null;
  const kind = { url: name, deep, only, codeSources, tsa, ...trust };
  const path = file ?? join(stateDir, 'audits', `${sha256(name).slice(0, 16)}.jsonl`);
  const state = await SweepState.open(path, store, kind, fresh);
  const runs = await findRuns(store);
  const audits: RunAudit[] = [];
  let position = 0;
  const progress = auditProgress(terminal, () => `run ${position + 1} of ${runs.length}  `);
  try {
    for await (const swept of sweep(store, runs, state, { ...request, ...progress, computed: new Map() })) {
      position++;
      progress.end();
      if (swept.audit) audits.push(swept.audit);
      if (!json) print(terminal.out, [sweepLine(swept, terminal.colors)]);
    }
  } finally {
    progress.end();
  }
  const champions = await championDifferences(store);
  const of = (wanted: RunAudit['state']): RunAudit[] => audits.filter((audit) => audit.state === wanted);
  const [damaged, incomplete, unreadable] = [of('damaged'), of('incomplete'), of('unreadable')];
  const before = runs.length - audits.length;
  const counts = { runs: runs.length, before, damaged: damaged.length, incomplete: incomplete.length };
  const summary = { ...counts, unreadable: unreadable.length };
  if (json) printJson(terminal.out, { ...summary, champions, audits });
  else print(terminal.out, [...championLines(champions, terminal.colors), '', ...sweepSummary(summary)]);
  const [first] = [...damaged, ...incomplete];
  if (first) throw new CliError(auditVerdict(first), EXIT.failed);
  const [wrong] = champions.differences;
  if (wrong) throw new CliError(`The moves of the champion are damaged: ${differenceLine(wrong)}.`, EXIT.failed);
}

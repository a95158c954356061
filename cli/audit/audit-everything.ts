/** Audits every run that there is, and prints a line for each. */
import { join } from 'node:path';
import type { RunAudit } from '../../audit/audit-run.ts';
import { findRuns } from '../../audit/find-runs.ts';
import { sweep } from '../../audit/sweep.ts';
import { SweepState } from '../../audit/sweep-state.ts';
import { sha256 } from '../../core/canonical.ts';
import { keyId } from '../../provenance/keys.ts';
import { print } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { auditProgress } from '../render/audit-progress.ts';
import { auditVerdict } from '../render/audit-report.ts';
import { sweepLine, sweepSummary } from '../render/sweep-audit-report.ts';
import type { AuditRequest } from './audit-one.ts';

export interface SweepOptions {
  readonly stateDir: string;
  /** File of the sweep's state. @default one in the state folder for each bucket */
  readonly state?: string;
  readonly fresh?: boolean;
}

/** @throws {CliError} when a run is damaged */
export async function auditEverything(
  request: AuditRequest,
  { stateDir, state: file, fresh = false }: SweepOptions,
): Promise<void> {
  const { store, name, deep, keys, requireSignature, terminal, json } = request;
  const kind = { url: name, deep, keys: keys.map(keyId).sort(), requireSignature };
  const path = file ?? join(stateDir, 'audits', `${sha256(name).slice(0, 16)}.jsonl`);
  const state = await SweepState.open(path, store, kind, fresh);
  const runs = await findRuns(store);
  const audits: RunAudit[] = [];
  let position = 0;
  const progress = auditProgress(terminal, () => `run ${position + 1} of ${runs.length}  `);
  try {
    for await (const swept of sweep(store, runs, state, { ...request, ...progress })) {
      position++;
      progress.end();
      if (swept.audit) audits.push(swept.audit);
      if (!json) print(terminal.out, [sweepLine(swept, terminal.colors)]);
    }
  } finally {
    progress.end();
  }
  const damaged = audits.filter((audit) => audit.state === 'damaged');
  const unreadable = audits.filter((audit) => audit.state === 'unreadable');
  const summary = { runs: runs.length, before: runs.length - audits.length, damaged: damaged.length, unreadable };
  if (json) print(terminal.out, [JSON.stringify({ ...summary, unreadable: unreadable.length, audits }, null, 2)]);
  else print(terminal.out, ['', ...sweepSummary(summary)]);
  const [first] = damaged;
  if (first) throw new CliError(auditVerdict(first), EXIT.failed);
}

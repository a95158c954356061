/** Audits one run, and prints every check. */
import type { X509Certificate } from 'node:crypto';
import { auditRun } from '../../audit/audit-run.ts';
import type { CheckName } from '../../audit/check.ts';
import type { Trust } from '../../audit/checks/signature.ts';
import { print, printJson, type Terminal } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseRunArgument } from '../records/run-argument.ts';
import { auditProgress } from '../render/audit-progress.ts';
import { auditReport, auditVerdict } from '../render/audit-report.ts';
import { chooseRun } from './choose-run.ts';
import type { AuditedPlace } from './with-store.ts';

/** What is audited, with whom being trusted, and where it is told. */
export interface AuditRequest extends AuditedPlace, Trust {
  readonly deep: boolean;
  /** The checks that were asked for; null: all. */
  readonly only: readonly CheckName[] | null;
  /** Of the authority whose time stamps are verified; null: none are. */
  readonly tsaCertificate: X509Certificate | null;
  /** Digest of the sources that audit. */
  readonly codeSources: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** Nothing is known to be right beforehand. */
const NOTHING_VERIFIED = { has: async () => false, add: async () => {} };

/**
 * @param run workflow ID, or workflow@run; undefined for the only one that there is
 * @throws {UsageError} when there is no such run, or several
 * @throws {CliError} when something differs, or can't be checked
 */
export async function auditOne(request: AuditRequest, run: string | undefined): Promise<void> {
  const { store, name, terminal, json } = request;
  const chosen = await chooseRun(store, run === undefined ? undefined : parseRunArgument(run));
  const progress = auditProgress(terminal, () => '');
  const audit = await auditRun(store, chosen, {
    ...request,
    ...progress,
    verified: NOTHING_VERIFIED,
    computed: new Map(),
  }).finally(() => progress.end());
  if (json) printJson(terminal.out, audit);
  else print(terminal.out, auditReport(audit, name, terminal.colors));
  const verdict = auditVerdict(audit);
  if (audit.state !== 'clean') throw new CliError(verdict, EXIT.failed);
  if (!json) print(terminal.out, ['', verdict]);
}

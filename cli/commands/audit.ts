/** `veille audit`: proves a finished run, or all of them, from the bucket or a copy of it alone. */
import type { KeyObject } from 'node:crypto';
import { Command } from 'commander';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { CHECK_NAMES, type CheckName } from '../../audit/check.ts';
import { auditEverything } from '../audit/audit-everything.ts';
import { auditOne } from '../audit/audit-one.ts';
import { readKeys, readTsaCertificate } from '../audit/read-keys.ts';
import { withStore } from '../audit/with-store.ts';
import { tellingOfBucket } from '../bucket.ts';
import type { CliContext } from '../context.ts';
import { InterruptedError, UsageError } from '../exit.ts';

const EXAMPLES = `
Checks, in this order: signature of the attestation; its time stamp, where --tsa-certificate asks for one; its digests, and that the folder holds nothing else; form of the
record; the bytes of every object that it names; that folder, record, statement and history are one run's; crate, model
card and statement, made again from the record; step records and cache keys; the steps that the configuration
implies, and what each read; that each step's inputs come from somewhere; what the record says of the run as a whole; the
parts of the split; the embeddings; figures, intervals and verdict, recomputed from the per-query files; the history, and
the record as it follows from it; promotion and champion file. --deep cuts the parts anew from the data file, and ranks
anew by the stored index and embeddings. What differs is named, and nothing is written.

A check that can't be made leaves the audit incomplete, which is a failure: --only makes the named checks alone.

A run is a workflow ID, whose newest finished run is meant, or workflow@run for a certain one. Needs neither Temporal nor
W&B: the bucket, or a folder whose file paths are the bucket's keys, or an archive of \`veille export\`.

Signatures are verified with the keys of --key, VEILLE_PUBLIC_KEY and VEILLE_PUBLIC_KEY_FILE, and the local stack's own.
Where one of them is known, a run must be signed, since whoever may write the bucket may take a signature away;
--allow-unsigned lets one pass that never was. Who, when and on which machine rests on the signature alone: the report
lists it.

--all goes through every run and reads what they share once, and compares each move of the champion with the record of its
run. Interrupted, it goes on where it was; --fresh begins anew.

Examples:
  $ veille audit nightly-2026-11-24
  $ veille audit nightly-2026-11-24 --deep --key signing.pub.pem
  $ veille audit --from nightly.tar --json | jq '.checks[] | select(.state != "ok")'
  $ veille audit nightly-2026-11-24 --only signature statement objects
  $ veille audit --all

Exit code: 0 clean, 1 something differs, is missing, can't be read or can't be checked, 2 wrong usage, no such run, or an
archive that can't be unpacked, 3 the bucket does not answer, 130 interrupted.`;

export interface AuditCommandOptions {
  readonly from?: string;
  readonly all?: boolean;
  readonly deep?: boolean;
  readonly key?: readonly string[];
  readonly requireSignature?: boolean;
  readonly allowUnsigned?: boolean;
  /** File with the certificate of a time stamp authority. */
  readonly tsaCertificate?: string;
  /** Names of checks. */
  readonly only?: readonly string[];
  readonly state?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

/** What an audit needs of the installation. */
export interface AuditInstallation {
  /** Null where it is the local one, which is not running. */
  readonly store: ObjectStore | null;
  readonly stateDir: string;
  /** Keys that are trusted without being named. */
  trustedKeys(): readonly KeyObject[];
  /** Digest of this program's sources, as records have it of the code that recorded them. */
  codeSources(): string;
}

export function auditCommand(context: () => CliContext, installation: () => AuditInstallation): Command {
  return new Command('audit')
    .description('prove every number of a finished run from the bucket alone')
    .argument('[run]', 'workflow ID, or workflow@run; with --from, the only run there is')
    .option('--from <path>', 'a folder or an archive, instead of the bucket')
    .option('--all', 'every run that there is')
    .option('--deep', 'cut and rank anew too')
    .option(
      '--key <file>',
      'an Ed25519 public key that is trusted, in PEM; repeatable',
      (file, files: readonly string[] | undefined): readonly string[] | undefined => [...(files ?? []), file],
    )
    .option('--require-signature', 'take an unsigned run for a failure, though no key is known')
    .option('--allow-unsigned', 'let a run pass that nobody trusted has signed, though a key is known')
    .option('--tsa-certificate <file>', 'an authority, in PEM, whose time stamp the run must have')
    .option('--only <check...>', 'make these checks alone')
    .option('--state <file>', 'where --all keeps how far it is (default: in the state folder)')
    .option('--fresh', 'begin --all anew, whatever an interrupted one has done')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((run: string | undefined, options: AuditCommandOptions) => audit(context(), installation(), run, options));
}

/**
 * Prints what was checked.
 *
 * @param run workflow ID, or workflow@run; undefined for all, or for the only one of a copy
 * @throws {UsageError} when a file is not there, or it is not said which run
 * @throws {CliError} when something differs, or the bucket can't be used
 */
export async function audit(
  context: CliContext,
  installation: AuditInstallation,
  run: string | undefined,
  options: AuditCommandOptions,
): Promise<void> {
  const { from, all = false, deep = false, key = [], json = false } = options;
  const { requireSignature = false, allowUnsigned = false } = options;
  const only = checksIn(options.only);
  if (all && run !== undefined) throw new UsageError('--all is about every run: leave the run out.');
  if (!all && run === undefined && from === undefined)
    throw new UsageError('Which run? Name its workflow ID, or ask for --all; `veille runs` lists them.');
  if (requireSignature && allowUnsigned)
    throw new UsageError('--require-signature and --allow-unsigned exclude each other: leave one out.');
  const keys = [...(await readKeys(key)), ...installation.trustedKeys()];
  const signal = context.interruptSignal();
  const tsaCertificate = options.tsaCertificate === undefined ? null : await readTsaCertificate(options.tsaCertificate);
  const how = { keys, tsaCertificate, requireSignature, allowUnsigned, only, codeSources: installation.codeSources() };
  try {
    await tellingOfBucket(() =>
      withStore(installation.store, from, signal, (place) => {
        const what = { ...how, ...place, deep, json, signal, terminal: context.terminal };
        const { stateDir } = installation;
        return all ? auditEverything(what, { ...options, stateDir }) : auditOne(what, run);
      }),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    const rest = all ? ' The same command goes on from there.' : '';
    throw new InterruptedError(`The audit was interrupted.${rest}`);
  }
}

/** @throws {UsageError} for a name that is no check's */
function checksIn(names: AuditCommandOptions['only']): readonly CheckName[] | null {
  if (names === undefined) return null;
  return names.map((name) => {
    const check = CHECK_NAMES.find((one) => one === name);
    if (check) return check;
    throw new UsageError(`--only ${name}: there is no such check, only ${CHECK_NAMES.join(', ')}.`);
  });
}

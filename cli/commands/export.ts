/** `veille export`: one archive with everything that a deep audit of a run reads. */
import { Command } from 'commander';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { exists } from '../../adapters/artifacts/local-files.ts';
import { packObjects } from '../../adapters/archive/pack-objects.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { archivedObjects } from '../../audit/archived-objects.ts';
import { AuditedRun } from '../../audit/audited-run.ts';
import { type AuditedPlace, withStore } from '../audit/with-store.ts';
import { tellingOfBucket } from '../bucket.ts';
import { print, type CliContext } from '../context.ts';
import { CliError, EXIT, InterruptedError, UsageError } from '../exit.ts';
import { findRecord } from '../records/find-record.ts';
import { parseRunArgument } from '../records/run-argument.ts';
import { auditProgress } from '../render/audit-progress.ts';
import { formatBytes, formatCount } from '../render/quantity.ts';
import type { FindBucket } from './champion.ts';

const EXAMPLES = `
The archive is a tar file whose paths are the bucket's keys: the run's folder with its record, attestation, RO-Crate and
model card, step records, data, model, weights, encoders, indexes, ranks and embeddings. The same run gives the same
bytes. It has no secret of this installation in it; it has the data. Unpacked, it is a folder that --from takes as well.

Examples:
  $ veille export nightly-2026-11-24 nightly.tar
  $ veille audit --from nightly.tar --deep

Exit code: 0 written, 1 something is missing or damaged, 2 wrong usage or no such run, 3 the bucket does not answer, 130
interrupted.`;

export interface ExportOptions {
  readonly force?: boolean;
}

export function exportCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('export')
    .description('write one archive of a finished run, for an audit elsewhere')
    .argument('<run>', 'workflow ID, or workflow@run')
    .argument('<file>', 'the archive, such as nightly.tar')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', EXAMPLES)
    .action((run: string, file: string, options: ExportOptions) =>
      exportRun(context(), bucket().store, run, file, options),
    );
}

/**
 * Writes the archive, whole or not at all.
 *
 * @throws {RunNotFoundError} when there is no such run
 * @throws {UsageError} when the file is there already
 * @throws {CliError} when an object is missing or damaged, or the bucket can't be used
 */
export async function exportRun(
  context: CliContext,
  store: ObjectStore | null,
  run: string,
  file: string,
  { force = false }: ExportOptions,
): Promise<void> {
  if (!force && (await exists(file))) throw new UsageError(`${file} is there already: name another, or --force.`);
  const { terminal } = context;
  const signal = context.interruptSignal();
  try {
    const { objects, bytes } = await tellingOfBucket(() =>
      withStore(store, undefined, signal, (place) => pack(context, place, run, file, signal)),
    );
    print(terminal.out, [`${file}: ${formatCount(objects)} objects, ${formatBytes(bytes)}.`]);
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('The export was interrupted; nothing was written.');
    if (!(error instanceof ArtifactLostError)) throw error;
    throw new CliError(`${error.message}. \`veille audit\` says what else is wrong.`, EXIT.failed, { cause: error });
  }
}

async function pack(
  { terminal }: CliContext,
  { store, scratch }: AuditedPlace,
  run: string,
  file: string,
  signal: AbortSignal,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const record = await findRecord(store, parseRunArgument(run));
  const objects = await archivedObjects(new AuditedRun(record, store, scratch, signal));
  const progress = auditProgress(terminal, () => 'writing  ');
  const total = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const onBytes = (bytes: number): void => progress.onBytes((done += bytes), total);
  await packObjects(store, objects, file, { onBytes, signal }).finally(() => progress.end());
  return { objects: objects.length, bytes: total };
}

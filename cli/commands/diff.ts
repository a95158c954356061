/** `veille diff`: what differs between two runs. */
import { Command } from 'commander';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { requireBucket, tellingOfBucket } from '../bucket.ts';
import { lineWidth, print, printJson, type CliContext } from '../context.ts';
import { diffRecords } from '../records/diff-records.ts';
import { findRecord } from '../records/find-record.ts';
import { parseRunArgument } from '../records/run-argument.ts';
import { diffReport } from '../render/diff-report.ts';
import type { FindBucket } from './champion.ts';

const EXAMPLES = `
Inputs first (configuration, digests of the sources), then code and environment, then the consequences: steps, metrics,
verdict. Names the first step that differs. Each run is a workflow ID, whose newest finished run is meant, or
workflow@run for a certain one. Needs the bucket alone.

Examples:
  $ veille diff nightly-2026-11-23 nightly-2026-11-24
  $ veille diff nightly@0199c079-11aa-7b1c-8d22-9b7f00c0ffee nightly
  $ veille diff a b --json | jq '.inputs'

Exit code: 0 compared, whether or not anything differs, 1 a record can't be read, 2 wrong usage or no such run, 3 the
bucket does not answer.`;

export function diffCommand(context: () => CliContext, bucket: FindBucket): Command {
  return new Command('diff')
    .description('show what differs between two finished runs, inputs first')
    .argument('<a>', 'workflow ID, or workflow@run')
    .argument('<b>', 'the same of the other run')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((a: string, b: string, options: { readonly json?: boolean }) =>
      diff(context(), bucket().store, [a, b], options),
    );
}

/**
 * Prints the differences.
 *
 * @throws {RunNotFoundError} when there is no such run
 * @throws {CliError} when a record can't be read, or the bucket can't be used
 */
export async function diff(
  { terminal }: CliContext,
  store: ObjectStore | null,
  [a, b]: readonly [string, string],
  { json }: { readonly json?: boolean },
): Promise<void> {
  await tellingOfBucket(async () => {
    const objects = requireBucket(store);
    const recordOf = (run: string) => findRecord(objects, parseRunArgument(run));
    const differences = diffRecords(await recordOf(a), await recordOf(b));
    if (json) printJson(terminal.out, differences);
    else print(terminal.out, diffReport(differences, terminal.colors, lineWidth(terminal.out)));
  });
}

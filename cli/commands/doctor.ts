/** `veille doctor`: what is installed, reachable and missing, and what to do about it. */
import type { KeyObject } from 'node:crypto';
import { Command } from 'commander';
import type { HubOptions } from '../../adapters/hub/hub.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { print, printJson, type CliContext } from '../context.ts';
import { type Check, runChecks } from '../doctor/check.ts';
import { gpuCheck } from '../doctor/gpu.ts';
import { hubCheck } from '../doctor/hub.ts';
import { nativeChecks } from '../doctor/native-modules.ts';
import { objectStoreCheck } from '../doctor/object-store.ts';
import { diskCheck, wandbCheck } from '../doctor/surroundings.ts';
import { temporalCheck } from '../doctor/temporal.ts';
import { localServersCheck, nodeCheck, pythonCheck, uvCheck } from '../doctor/toolchain.ts';
import { CliError, EXIT } from '../exit.ts';
import { checkLines } from '../render/check-lines.ts';

const EXAMPLES = `
Writes one small object to the bucket and deletes it again; changes nothing else.

Examples:
  $ veille doctor
  $ veille doctor --json | jq '.[] | select(.state != "ok")'

Exit code: 0 nothing fails (warnings do not count), 1 something does.`;

/** What the doctor looks at beside the services. */
export interface Installation {
  /** The interpreter of the trainer's environment. */
  readonly python: string;
  readonly stateDir: string;
  /** The local one's server is started where it is not running; null where there is nothing for it to serve yet. */
  readonly store: ObjectStore | null;
  /** Null where it is the local one, which is not running. */
  readonly runningStore: ObjectStore | null;
  readonly hasWandbKey: boolean;
  readonly hub: HubOptions;
  /**
   * Public keys whose signatures are accepted.
   *
   * @throws {UsageError} where the environment names one that is none
   */
  trustedKeys(): readonly KeyObject[];
  /** Whether Temporal, or S3, is this project's own local server, which runs only while it is needed. */
  readonly localTemporal: boolean;
  readonly localStore: boolean;
}

export function doctorCommand(context: () => CliContext, installation: () => Installation): Command {
  return new Command('doctor')
    .description('check what is installed and reachable, and say what to do')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', EXAMPLES)
    .action((options: { readonly json?: boolean }) => doctor(context(), allChecks(context(), installation()), options));
}

/** Every check, in the order in which a person would go about it. */
export function allChecks({ temporal }: CliContext, installation: Installation): Check[] {
  const { python, stateDir, runningStore, hasWandbKey, hub, localTemporal, localStore } = installation;
  return [
    nodeCheck,
    uvCheck,
    pythonCheck(python),
    gpuCheck(python),
    ...nativeChecks,
    ...(localTemporal || localStore ? [localServersCheck(python)] : []),
    temporalCheck(temporal, localTemporal),
    objectStoreCheck(runningStore),
    hubCheck(hub),
    wandbCheck(hasWandbKey),
    diskCheck(stateDir),
  ];
}

/** @throws {CliError} when a check fails. */
export async function doctor(
  { terminal }: CliContext,
  checks: readonly Check[],
  { json }: { readonly json?: boolean },
): Promise<void> {
  const results = await runChecks(checks);
  if (json) printJson(terminal.out, results);
  else print(terminal.out, checkLines(results, terminal.colors));
  const failed = results.filter(({ state }) => state === 'fail').map(({ name }) => name);
  if (failed.length > 0) {
    throw new CliError(`${failed.length} of ${results.length} checks failed: ${failed.join(', ')}.`, EXIT.failed);
  }
}

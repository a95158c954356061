/** `veille demo`: the whole pipeline on bundled data, from nothing to a table of figures. */
import { join } from 'node:path';
import { Command } from 'commander';
import { print, runUrl, type CliContext } from '../context.ts';
import { demoResult } from '../demo/demo-result.ts';
import { writeJsonAtomically } from '../demo/state-file.ts';
import { forgetDemo, resumeOrStart } from '../demo/unfinished-demo.ts';
import { aborted } from '../interrupt.ts';
import { runScreen } from '../render/run-screen.ts';
import type { StartServices } from '../services.ts';
import { followRun, reportEnd } from './follow.ts';
import { withServices, type ServicesSession } from './with-services.ts';

const EXAMPLES = `
Starts the local servers and workers, retrains on the bundled French legal questions, prints the figures, writes
demo-result.json in the state folder, and stops what it started. Kill it anywhere: typed again, it goes on where it
was. Typed after that, it finds nothing changed and ends in seconds, with the same result.

Examples:
  $ veille demo
  $ veille demo --keep                                 then look around in the Temporal UI
  $ jq .metrics.fineTuned .veille/demo-result.json`;

const GOES_ON = 'Stopped. Nothing is lost: type the same command again, and it goes on where it was.';

export interface DemoOptions {
  readonly stateDir: string;
  readonly keep?: boolean;
}

export function demoCommand(context: () => CliContext, start: StartServices, stateDir: string): Command {
  return new Command('demo')
    .description('retrain on bundled data, from nothing to a table of figures')
    .option('--state-dir <folder>', 'where everything is kept', stateDir)
    .option('--keep', 'leave servers and workers running until Ctrl-C')
    .addHelpText('after', EXAMPLES)
    .action((options: DemoOptions) => demo(context(), start, options));
}

/** Runs the demo, or goes on with the one that was interrupted. */
export async function demo(context: CliContext, start: StartServices, options: DemoOptions): Promise<void> {
  const { stateDir, keep } = options;
  await withServices(context, start, { stateDir, ports: {}, freeWhereTaken: true }, GOES_ON, async (session) => {
    await runDemo(session, stateDir);
    if (!keep) return;
    print(context.terminal.out, ['', `Left running until Ctrl-C. ${session.context.temporal.uiUrl ?? ''}`.trimEnd()]);
    await aborted(session.signal);
  });
}

async function runDemo({ context, signal, divertNews }: ServicesSession, stateDir: string): Promise<void> {
  const { terminal, temporal } = context;
  const up = performance.now();
  const client = await temporal.client();
  const run = await resumeOrStart(client, stateDir, new Date());
  const url = runUrl(temporal, run.workflowId, run.runId);
  print(terminal.out, [
    `${run.resumed ? 'Going on with' : 'Started'} ${run.workflowId}`,
    ...(url === null ? [] : [url]),
  ]);
  const screen = runScreen(terminal);
  divertNews((line) => screen.notice(line));
  const view = await followRun(client, run, screen, signal);
  const result = reportEnd(context, view, { steps: false });
  const path = join(stateDir, 'demo-result.json');
  await writeJsonAtomically(path, demoResult(run, result, (performance.now() - up) / 1_000));
  await forgetDemo(stateDir);
  print(terminal.out, ['', `Result: ${path}`, `Proof:  npx veille audit ${run.workflowId} --deep`]);
}

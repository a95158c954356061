/** Follows a run to its end: what `run`, `watch` and `demo` share. */
import type { Client } from '@temporalio/client';
import type { RunResult } from '../../contracts/run-result.ts';
import { lineWidth, print, runUrl, type CliContext } from '../context.ts';
import { InterruptedError, RunFailedError } from '../exit.ts';
import { readRun } from '../observe/read-run.ts';
import type { RunId, RunStatus, RunView, WorkflowView } from '../observe/run-view.ts';
import { watchRun, type RunScreen, type Screen } from '../observe/watch-run.ts';
import { failureReport } from '../render/failure-report.ts';
import { outcomeLine, resultReport } from '../render/result-report.ts';

/** Milliseconds between two looks: each costs the server a query, and a description of the run and of each child. */
const INTERVAL = 1_000;
/** Milliseconds: a server restart, or a laptop's wake-up. */
const PATIENCE = 60_000;

/**
 * @returns the ended run.
 * @throws {InterruptedError} when `signal` is aborted first; the run goes on.
 */
export async function followRun(
  client: Client,
  { workflowId, runId }: RunId,
  screen: RunScreen,
  signal: AbortSignal,
): Promise<RunView> {
  const look = (): Promise<RunView> => readRun(client, workflowId, runId);
  return followToEnd(client, look, screen, signal, `veille watch ${workflowId}`);
}

/**
 * @param again the command that shows it again
 * @returns the last look.
 * @throws {InterruptedError} when `signal` is aborted first.
 */
export async function followToEnd<View extends { readonly status: RunStatus }>(
  client: Client,
  look: () => Promise<View>,
  screen: Screen<NoInfer<View>>,
  signal: AbortSignal,
  again: string,
): Promise<View> {
  const abortable = (): Promise<View> => withSignal(signal, (once) => client.withAbortSignal(once, look));
  const view = await watchRun(abortable, screen, { interval: INTERVAL, patience: PATIENCE, signal });
  if (view === null || view.status === 'running') {
    throw new InterruptedError(`Stopped watching; the run goes on. See it again with: ${again}`);
  }
  return view;
}

/** Hands `work` a signal of its own: the client never takes its listeners off, and a long watch has thousands. */
async function withSignal<R>(signal: AbortSignal, work: (once: AbortSignal) => Promise<R>): Promise<R> {
  const once = new AbortController();
  const abort = (): void => once.abort();
  signal.addEventListener('abort', abort);
  try {
    return await work(once.signal);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Prints the result.
 *
 * @param options.steps false where a screen has shown the steps already
 * @throws {RunFailedError} with the whole story when the run ended without a result.
 */
export function reportEnd(context: CliContext, view: RunView, { steps }: { readonly steps: boolean }): RunResult {
  if (view.result === null) throw runFailed(context, view);
  const { terminal, artifactsUrl } = context;
  const { colors, out } = terminal;
  const report = resultReport(view.result, { colors, artifactsUrl, steps, width: lineWidth(out) });
  // Last, where the eye is when the run has ended.
  print(out, ['', ...report, '', outcomeLine(view.result, colors)]);
  return view.result;
}

/** The error with which a command ends that followed a run to a bad end. */
export function runFailed({ temporal }: CliContext, view: WorkflowView<unknown, unknown>): RunFailedError {
  return new RunFailedError(failureReport(view, runUrl(temporal, view.workflowId, view.runId)));
}

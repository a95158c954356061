/** Follows a sweep to its end, and prints what came of it. */
import { lineWidth, print, printJson, runUrl, type CliContext } from '../../context.ts';
import { readSweep } from '../../observe/read-sweep.ts';
import type { RunId } from '../../observe/run-view.ts';
import type { SweepView } from '../../observe/sweep-view.ts';
import { noScreen, type Screen } from '../../observe/watch-run.ts';
import { runDocument } from '../../render/run-document.ts';
import { liveScreen, plainScreen } from '../../render/run-screen.ts';
import { sweepFrame } from '../../render/sweep-frame.ts';
import { sweepLog } from '../../render/sweep-log.ts';
import { sweepReport } from '../../render/sweep-report.ts';
import { sweepTable } from '../../render/sweep-table.ts';
import { followToEnd, runFailed } from '../follow.ts';

export interface SweepEndOptions {
  /** Shows the trials as they go. */
  readonly watch?: boolean;
  /** Prints one JSON document instead of the report. */
  readonly json?: boolean;
}

/**
 * @throws {RunFailedError} when the sweep ended without a result
 * @throws {InterruptedError} after Ctrl-C; the sweep goes on.
 */
export async function followSweep(context: CliContext, id: RunId, options: SweepEndOptions): Promise<void> {
  const client = await context.temporal.client();
  const { workflowId, runId } = id;
  const look = (): Promise<SweepView> => readSweep(client, workflowId, runId);
  const again = `veille sweep watch ${workflowId}`;
  const view = await followToEnd(client, look, screenFor(context, options), context.interruptSignal(), again);
  reportSweep(context, view, options);
  if (view.result === null) throw runFailed(context, view);
}

/** Prints a look at a sweep: its result, or the trials as they stand. */
export function reportSweep(context: CliContext, view: SweepView, { json }: SweepEndOptions): void {
  const { terminal, artifactsUrl } = context;
  const { colors, out } = terminal;
  if (json) printJson(out, runDocument(view, urlOf(context, view)));
  else if (view.result) print(out, ['', ...sweepReport(view.result, { colors, artifactsUrl, width: lineWidth(out) })]);
  else if (view.progress) print(out, ['', ...sweepTable(view.progress, colors), '']);
}

function urlOf({ temporal }: CliContext, { workflowId, runId }: RunId): string | null {
  return runUrl(temporal, workflowId, runId);
}

/** With --json the document alone goes to standard output, and what is watched beside it. */
function screenFor({ terminal }: CliContext, { watch, json }: SweepEndOptions): Screen<SweepView> {
  if (!watch) return noScreen;
  if (json) return plainScreen(terminal.err, sweepLog());
  return terminal.isTTY ? liveScreen(terminal, sweepFrame) : plainScreen(terminal.out, sweepLog());
}

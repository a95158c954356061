/** The trials of a sweep, each a child workflow, so many at a time. */
import {
  CancellationScope,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { CPU_QUEUE } from '../contracts/queues.ts';
import { summaryLine } from '../contracts/run-summary.ts';
import { changesText, type TrialProgress, type TrialResult } from '../contracts/sweep-result.ts';
import { applicationFailure, damagedArtifact } from './failures.ts';
import { pinnedInput } from './pinned-input.ts';
import type { Shared } from './sweep-shared.ts';
import type { SweepState } from './sweep-state.ts';
import { together } from './together.ts';
import { trial } from './trial.ts';

/** A failure is told in the sweep's table; the trial's own page has it whole. */
const MESSAGE_LENGTH = 300;

/** Returns when every trial has a result or a failure of its own. */
export async function tryAll(sweep: SweepState, shared: Shared): Promise<void> {
  const left = sweep.waiting.values();
  const lane = async (): Promise<void> => {
    for (const next of left) {
      await sweep.control.passed();
      await tryOne(sweep, shared, next);
    }
  };
  await together(...Array.from({ length: sweep.plan.parallelism }, () => lane));
}

async function tryOne(sweep: SweepState, shared: Shared, next: TrialProgress): Promise<void> {
  const { number } = next;
  sweep.started(number);
  try {
    sweep.done(number, await runTrial(sweep, shared, next));
  } catch (error) {
    if (CancellationScope.current().consideredCancelled || damagedArtifact(error)) {
      sweep.stopped(number);
      throw error;
    }
    sweep.failed(number, failureOf(error));
  }
}

function runTrial(
  { plan }: SweepState,
  { sources, parts, base }: Shared,
  { number, changes }: TrialProgress,
): Promise<TrialResult> {
  const input = pinnedInput(plan.prepared.config, changes, sources);
  return executeChild(trial, {
    workflowId: `${workflowInfo().workflowId}/${number}`,
    taskQueue: CPU_QUEUE,
    args: [{ input, model: sources.model, base, parts }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: summaryLine(`Trial ${number}: ${changesText(changes)}`),
  });
}

function failureOf(error: unknown): NonNullable<TrialProgress['failure']> {
  const failure = applicationFailure(error);
  if (failure) return { type: failure.type ?? null, message: shortened(failure.message) };
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  // By a person: the sweep itself goes on.
  if (isCancellation(error)) return { type: null, message: 'it was cancelled' };
  return { type: null, message: shortened(cause instanceof Error ? cause.message : String(cause)) };
}

function shortened(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH - 1)}…` : message;
}

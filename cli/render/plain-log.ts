/** A run as plain lines, for where nothing can be redrawn: one a change, and progress every ten seconds. */
import type { RunView } from '../observe/run-view.ts';
import { stepViews, strayRetries, type RetryView, type StepView } from '../observe/step-view.ts';
import { againstText } from './gate-lines.ts';
import { oneLine } from './line.ts';
import { workFigures } from './progress-bar.ts';
import { formatDuration, formatInstant } from './quantity.ts';
import { noAnswer } from './run-frame.ts';
import { waitTexts } from './run-state.ts';
import { skippedText } from './skipped-steps.ts';
import { NAME_WIDTH, retryText, waitText } from './step-lines.ts';
import { trainingFigures } from './training-figures.ts';

/** Milliseconds between two progress lines of the same step. */
const PROGRESS_INTERVAL = 10_000;

/** What has been printed, so that nothing is printed twice. */
export interface PlainLogState {
  /** Subject → what was last said of it. */
  readonly said: ReadonlyMap<string, string>;
  /** Step → when its progress was last printed, in milliseconds since the epoch. */
  readonly progressAt: ReadonlyMap<string, number>;
}

export const emptyLog: PlainLogState = { said: new Map(), progressAt: new Map() };

/** The lines that `view` adds to a log, and the log's new state. */
export function plainLines(view: RunView, state: PlainLogState): { lines: string[]; state: PlainLogState } {
  const said = new Map(state.said);
  const progressAt = new Map(state.progressAt);
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(`${formatInstant(view.takenAt)}  ${oneLine(text)}`);
  const say = (subject: string, text: string): void => {
    if (said.get(subject) !== text) write(text);
    said.set(subject, text);
  };
  const steps = stepViews(view);
  // Those of one look together: an unchanged run skips nearly all at once.
  const skipped = skippedText(steps.filter(({ name }) => said.get(name) !== 'skipped'));
  if (skipped !== null) write(skipped);
  for (const step of steps) {
    const told = step.state === 'waiting' || step.state === 'skipped' || said.get(step.name) === step.state;
    if (!told) write(named(step, stateText(step)));
    said.set(step.name, step.state);
    const waiting = waitText(step);
    if (waiting !== null) say(`${step.name} waits`, named(step, waiting));
    for (const retry of step.retries) say(retrySubject(step.name, retry), named(step, attemptText(retry)));
    const { work, state: stepState, note } = step;
    if (stepState === 'running' && note !== null) say(`${step.name} note`, named(step, note));
    const progress = work ? [...workFigures(work), ...trainingFigures(work.metrics)].join(', ') : step.doing;
    if (progress !== null && view.takenAt - (progressAt.get(step.name) ?? 0) >= PROGRESS_INTERVAL) {
      say(`${step.name} progress`, named(step, progress));
      progressAt.set(step.name, view.takenAt);
    }
  }
  for (const retry of strayRetries(view)) say(retrySubject('', retry), attemptText(retry));
  for (const text of runTexts(view)) say(text, text);
  if (view.status !== 'running') say('run', endText(view));
  else if (view.progress === null) say('worker', noAnswer(view));
  else said.delete('worker');
  return { lines, state: { said, progressAt } };
}

/** The verdict, once, and what the run waits for a person to do. */
function runTexts(view: RunView): string[] {
  const gate = view.progress?.gate;
  return [...(gate ? [`gate: ${gate.verdict.verdict}, ${againstText(gate)}`] : []), ...waitTexts(view)];
}

function endText({ status, result }: RunView): string {
  const unchanged = result?.unchangedSince;
  return `run ${status}${unchanged ? `, unchanged since ${unchanged.workflowId}` : ''}`;
}

function stateText(step: StepView): string {
  const note = step.note ? `: ${step.note}` : '';
  if (step.state !== 'done') return `${step.state}${note}`;
  const duration = step.duration === null ? '' : ` in ${formatDuration(step.duration)}`;
  const source = step.madeBy ? `, made by ${step.madeBy.workflowId}` : '';
  const origin = step.cached === undefined ? '' : step.cached ? ` (cached${source})` : ' (computed)';
  return `done${duration}${origin}${note}`;
}

function named(step: StepView, text: string): string {
  return `${step.name.padEnd(NAME_WIDTH)}  ${text}`;
}

/** Without the countdown, which would make a new line each second. */
function attemptText(retry: RetryView): string {
  return retryText({ ...retry, startsIn: null });
}

/** One line a step, activity type and attempt: the segments of a step fail together, and alike. */
function retrySubject(step: string, { activity, attempt }: RetryView): string {
  return `${step} ${activity} ${attempt}`;
}

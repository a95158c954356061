/** A sweep as plain lines, for where nothing can be redrawn: one a change. */
import { changesText, type SweepProgress, type TrialProgress } from '../../contracts/sweep-result.ts';
import type { SweepView } from '../observe/sweep-view.ts';
import { oneLine } from './line.ts';
import { formatInstant, formatMetric } from './quantity.ts';
import { noAnswer } from './run-frame.ts';
import { pausedText, waitTexts } from './run-state.ts';

/** Says what a look adds to the looks before it. */
export function sweepLog(): (view: SweepView) => string[] {
  const said = new Map<string, string>();
  return (view) => {
    const news = subjects(view).filter(([subject, text]) => said.get(subject) !== text);
    for (const [subject, text] of news) said.set(subject, text);
    return news.flatMap(([, text]) => (text === '' ? [] : [`${formatInstant(view.takenAt)}  ${oneLine(text)}`]));
  };
}

type Said = readonly [subject: string, text: string];

/** What there is to say of each subject; it is said when it is another than before. */
function subjects(sweep: SweepView): Said[] {
  const { status, progress, open } = sweep;
  const ended: Said[] = status === 'running' ? [] : [['sweep', `sweep ${status}`]];
  if (progress === null) return status === 'running' ? [['worker', noAnswer(sweep)]] : ended;
  const { shared, trials, paused, winner } = progress;
  const begun = trials.filter(({ state }) => state !== 'waiting');
  return [
    ...shared.map(({ name, state }): Said => [name, `${name} ${state}`]),
    ...begun.map((trial): Said => [`trial ${trial.number}`, trialText(trial, progress)]),
    ['paused', paused ? pausedText(paused) : ''],
    ['winner', winner ? `winner: trial ${winner.trial}, measured by ${winner.workflowId}` : ''],
    ...open.flatMap(({ name, view }) => waitTexts(view).map((text): Said => [`${name} waits`, text])),
    ...ended,
  ];
}

function trialText({ number, changes, state, result, failure }: TrialProgress, { metric }: SweepProgress): string {
  const trial = `trial ${number} (${changesText(changes)})`;
  if (state === 'failed') return `${trial} failed: ${[failure?.type, failure?.message].filter(Boolean).join(': ')}`;
  if (!result) return `${trial} ${state}`;
  const { cached, note } = result.training;
  const origin = cached ? 'cached' : 'computed';
  return `${trial} done (${origin}): ${metric} ${formatMetric(result.metrics[metric])}${note ? `; ${note}` : ''}`;
}

/** What the Temporal UI shows of a sweep under its current details: the leaderboard, as Markdown. */
import type { RunResult } from '../contracts/run-result.ts';
import { changesText, ranking, type SweepProgress, type TrialProgress } from '../contracts/sweep-result.ts';
import { cell, code, time } from './markdown.ts';
import { resultDetails } from './result-details.ts';
import type { SweepState } from './sweep-state.ts';

/** The server keeps 20 KB of details. */
const MOST_ROWS = 50;

/** @param run of the winner, once it has ended */
export function sweepDetails({ plan, progress }: SweepState, run?: RunResult): string {
  const { config, uiUrl, buildId } = plan.prepared;
  return [
    `**Sweep** of ${progress.trials.length} trials: ${code(config.model.source)} on ${code(config.data.source)}, build ${code(buildId)}`,
    '',
    ...repeated(progress),
    ...paused(progress),
    ...shared(progress),
    ...winner(progress),
    ...(run ? resultDetails(run, uiUrl) : []),
    ...leaderboard(progress),
  ].join('\n');
}

function repeated({ repeated: count }: SweepProgress): string[] {
  return count === 0 ? [] : [`Combinations left out, since an earlier one says the same: ${count}`, ''];
}

function paused({ paused: by }: SweepProgress): string[] {
  return by ? [`**Paused** by ${cell(by.by)} since ${time(by.since)}: no further trial starts`, ''] : [];
}

function shared({ shared: steps }: SweepProgress): string[] {
  const running = steps.filter(({ state }) => state === 'running').map(({ name }) => name);
  return running.length === 0 ? [] : [`Before the trials: ${running.join(', ')}`, ''];
}

function winner({ winner: chosen, trials }: SweepProgress): string[] {
  if (!chosen) return [];
  const changes = changesText(trials[chosen.trial - 1]?.changes ?? {});
  return [`**Winner**: trial ${chosen.trial} (${cell(changes)}), measured by ${code(chosen.workflowId)}`, ''];
}

function leaderboard({ trials, metric }: SweepProgress): string[] {
  const ranked = ranking(trials, metric);
  const more = ranked.length - MOST_ROWS;
  return [
    `| trial | training | ${metric} | best step | seconds | state |`,
    '|---:|---|---:|---:|---:|---|',
    ...ranked.slice(0, MOST_ROWS).map((trial) => `| ${cells(trial, metric).join(' | ')} |`),
    ...(more > 0 ? ['', `${more} more trials stand further down`] : []),
  ];
}

function cells(trial: TrialProgress, metric: SweepProgress['metric']): string[] {
  const { number, changes, result } = trial;
  return [
    String(number),
    cell(changesText(changes)),
    result?.metrics[metric]?.toFixed(4) ?? '',
    String(result?.bestStep ?? ''),
    seconds(trial),
    stateOf(trial),
  ];
}

function seconds({ startedAt, finishedAt }: TrialProgress): string {
  return startedAt === undefined || finishedAt === undefined ? '' : ((finishedAt - startedAt) / 1_000).toFixed(1);
}

function stateOf({ state, result, failure, startedAt }: TrialProgress): string {
  switch (state) {
    case 'done':
      return result?.training.cached ? 'cached' : 'computed';
    case 'failed':
      return `**failed**: ${cell([failure?.type, failure?.message].filter(Boolean).join(': ')).slice(0, 120)}`;
    case 'running':
      return `**running**${startedAt === undefined ? '' : ` since ${time(startedAt)}`}`;
    case 'waiting':
    default:
      return state;
  }
}

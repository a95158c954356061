/** What the Temporal UI shows of a run under its current details: Markdown, for people. */
import { workflowInfo } from '@temporalio/workflow';
import type { PreparedRun } from '../contracts/activities.ts';
import type { RunProgress, StepProgress, StepState } from '../contracts/progress.ts';
import { runsPage, workflowPage } from '../contracts/run-page.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { cell, code, table, time } from './markdown.ts';
import { runName } from '../contracts/run-name.ts';
import { resultDetails } from './result-details.ts';

/** @param result of a run that has ended */
export function runDetails(progress: RunProgress, prepared: PreparedRun | null, result?: RunResult): string {
  return [
    ...heading(prepared),
    ...interruptions(progress),
    ...(result ? resultDetails(result, prepared?.uiUrl ?? null) : []),
    ...stepTable(result?.steps ?? progress.steps, prepared?.uiUrl ?? null),
    ...listOfRuns(prepared?.uiUrl ?? null),
  ].join('\n');
}

/** For a run that was started from the UI with an empty field: the page shows no input then. */
export const EMPTY_INPUT = '**Input**: none was given, which is the same as `{}`\n\n';

/** The workflows that embed for a run have pages of their own, which would crowd an unfiltered list. */
function listOfRuns(uiUrl: string | null): string[] {
  return uiUrl === null ? [] : ['', `[All runs and sweeps](${runsPage(uiUrl, workflowInfo().namespace)})`];
}

function heading(prepared: PreparedRun | null): string[] {
  if (!prepared) return [];
  const { data, model } = prepared.config;
  return [
    `**${cell(runName(prepared.config))}**: ${code(model.source)} on ${code(data.source)}, build ${code(prepared.buildId)}`,
    '',
  ];
}

function interruptions({ paused, approvalUntil }: RunProgress): string[] {
  const lines: string[] = [];
  if (paused) lines.push(`**Paused** by ${cell(paused.by)} since ${time(paused.since)}${because(paused.note)}`, '');
  if (approvalUntil !== null)
    lines.push(
      `**Waits for an approval** until ${time(approvalUntil)}: update \`approve\` with \`{"by": "NAME", "note": "…"}\``,
      '',
    );
  return lines;
}

function because(text: string | undefined): string {
  return text === undefined ? '' : `: ${cell(text)}`;
}

function stepTable(steps: readonly StepProgress[], uiUrl: string | null): string[] {
  const started = steps.filter(({ state }) => state !== 'waiting' && state !== 'skipped');
  return [
    ...table([
      ['step', 'state', 'seconds', ''],
      ...started.map((step) => [step.name, stateOf(step), seconds(step), noteOf(step, uiUrl)]),
    ]),
    ...namesOf(steps, 'waiting', 'Waiting'),
    ...namesOf(steps, 'skipped', 'Skipped'),
  ];
}

/** A part is embedded by a workflow of its own, and its page counts the texts. */
function noteOf({ name, state, note = '' }: StepProgress, uiUrl: string | null): string {
  if (uiUrl === null || state !== 'running' || !name.startsWith('embed-')) return cell(note);
  const { workflowId, namespace } = workflowInfo();
  return `${cell(note)} [texts so far](${workflowPage(uiUrl, namespace, `${workflowId}/${name}`)})`.trim();
}

function namesOf(steps: readonly StepProgress[], wanted: StepState, title: string): string[] {
  const names = steps.filter(({ state }) => state === wanted).map(({ name }) => name);
  return names.length > 0 ? ['', `${title}: ${names.join(', ')}`] : [];
}

function stateOf({ state, cached, done, total, startedAt }: StepProgress): string {
  if (state === 'done') return cached ? 'cached' : 'computed';
  if (state !== 'running') return state === 'failed' ? '**failed**' : state;
  const counted = done !== undefined && total !== undefined && total > 0;
  const share = counted ? ` ${Math.floor((100 * done) / total)} % (${done} of ${total})` : '';
  return `**running**${share}${startedAt === undefined ? '' : ` since ${time(startedAt)}`}`;
}

function seconds({ startedAt, finishedAt }: StepProgress): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  return ((finishedAt - startedAt) / 1_000).toFixed(1);
}

/** How a run has ended, or what it waits for, as a message for people. */
import {
  fieldsBlock,
  sectionBlock,
  slackLink,
  slackText,
  type SlackMessage,
} from '../adapters/webhook/slack-message.ts';
import type { AwaitedApproval, NotifyInput } from '../contracts/gate-activities.ts';
import type { StepName } from '../contracts/progress.ts';
import { runName } from '../contracts/run-name.ts';
import type { RunResult } from '../contracts/run-result.ts';

const NDCG = 'retrieval/nDCG@10';

/** @param page of the run in the Temporal UI; null where none is known */
export function runEndMessage(input: NotifyInput, workflowId: string, page: string | null): SlackMessage {
  const headline = slackText(headlineOf(input, workflowId));
  const name = page === null ? slackText(workflowId) : slackLink(page, workflowId);
  const figures = input.result ?? input.approval;
  const fields = figures ? fieldsOf(figures) : [];
  return {
    text: `${slackText(workflowId)}: ${headline}`,
    blocks: [
      sectionBlock(`*${name}*: ${headline}`),
      fieldsBlock([...fields, ...(input.preset === '' ? [] : [['Name', runName(input)] as const])]),
    ],
  };
}

function headlineOf({ end, result, failure, approval }: NotifyInput, workflowId: string): string {
  if (end === 'cancelled') return 'cancelled';
  if (approval) {
    const until = new Date(approval.until).toISOString().slice(0, 16).replace('T', ' ');
    return `waits for an approval until ${until} UTC: veille approve ${workflowId}`;
  }
  if (failure) return `failed, ${failure.type}: ${failure.message}`;
  if (!result) return end;
  const { unchangedSince } = result;
  if (unchangedSince) return `unchanged since ${unchangedSince.workflowId}: same data, code and configuration`;
  return outcomeOf(result);
}

function outcomeOf({ promotion, gate }: RunResult): string {
  const { state, by, note, revision } = promotion;
  const why = note === null ? '' : `: ${note}`;
  switch (state) {
    case 'promoted':
      return `promoted to champion ${revision} by ${by}${why}`;
    case 'refused':
      return `refused by ${by}${why}`;
    case 'expired':
      return 'not promoted: nobody approved it in time';
    case 'off':
      return `not promoted, as asked for; the gate says ${gate.verdict.verdict}`;
    case 'kept':
      return `not promoted: the gate says ${gate.verdict.verdict}${why}`;
    default:
      return state satisfies never;
  }
}

/** What the message shows of a run, whether it has ended or not. */
type Figures = AwaitedApproval | Pick<RunResult, 'metrics' | 'steps' | 'unchangedSince'>;

function fieldsOf(result: Figures): (readonly [string, string])[] {
  const { base, fineTuned } = result.metrics;
  const figures = [base, fineTuned].map((metrics) => metrics?.[NDCG]?.toFixed(4) ?? 'unknown');
  const took = 'unchangedSince' in result && result.unchangedSince ? null : durationOf(result);
  const rows: [string, string | null][] = [
    ['nDCG@10', figures.join(' → ')],
    ['Gate', noteOf(result, 'judge')],
    ['Data', noteOf(result, 'split')],
    ['Took', took],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

/** What the run itself says of a step, the verdict's reason for one. */
function noteOf({ steps }: Figures, name: StepName): string | null {
  return steps.find((step) => step.name === name)?.note ?? null;
}

/** From the first step's start to the last one's end, in whole minutes; null where no step was timed. */
function durationOf({ steps }: Figures): string | null {
  const times = steps
    .flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt])
    .filter((time) => time !== undefined);
  if (times.length === 0) return null;
  const minutes = Math.round((Math.max(...times) - Math.min(...times)) / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

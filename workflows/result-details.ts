/** The result of a run as Markdown for the Temporal UI: figures, verdict, what became of it, and where things are. */
import { workflowInfo } from '@temporalio/workflow';
import type { Provenance } from '../contracts/artifact.ts';
import { dataTexts, guardText } from '../contracts/data-texts.ts';
import { gainText, reasonWords } from '../contracts/gate-words.ts';
import { runPage } from '../contracts/run-page.ts';
import type { RunResult } from '../contracts/run-result.ts';
import { cell, code, table } from './markdown.ts';
import { promotionNote, referenceName } from './step-notes.ts';

/** The figures that a first look is for; the result has them all. */
const SHOWN = ['R@1', 'R@10', 'MRR@10', 'nDCG@10'] as const;

const MARKS = { met: '✓', failed: '✗', undecided: '?' } as const;

/** @param uiUrl base of links to other runs; null: none is known */
export function resultDetails(result: RunResult, uiUrl: string | null): string[] {
  return [...unchanged(result, uiUrl), ...figures(result), ...verdict(result), ...rows(result), ...places(result), ''];
}

function unchanged({ unchangedSince }: RunResult, uiUrl: string | null): string[] {
  if (!unchangedSince) return [];
  return [`**Unchanged**: data, code and configuration are those of ${runLink(unchangedSince, uiUrl)}`, ''];
}

function runLink(run: Provenance, uiUrl: string | null): string {
  if (uiUrl === null) return code(run.workflowId);
  return `[${cell(run.workflowId)}](${runPage(uiUrl, workflowInfo().namespace, run)})`;
}

function figures(result: RunResult): string[] {
  const { bm25, base, fineTuned } = result.metrics;
  const value = (of: Readonly<Record<string, number>> | undefined, name: string): string =>
    of?.[`retrieval/${name}`]?.toFixed(4) ?? '';
  return [
    ...table([
      ['', 'BM25', 'zero-shot', 'fine-tuned'],
      ...SHOWN.map((name) => [name, ...[bm25, base, fineTuned].map((of) => value(of, name))]),
    ]),
    '',
    ...gainLine(result),
  ];
}

/** Against the base model the gate measures the same gain, and its interval is the one that counts. */
function gainLine({ gate, comparison }: RunResult): string[] {
  const { primary, rule } = gate.verdict;
  if (gate.reference.kind === 'base' && primary !== null)
    return [`${rule.primary.metric} changed by ${gainText(primary, rule)}`, ''];
  const { mean, low, high } = comparison.ndcgDifference;
  return [`nDCG@10 changed by ${signed(mean)}, 95 % interval ${signed(low)} to ${signed(high)}`, ''];
}

function signed(difference: number): string {
  return `${difference < 0 ? '' : '+'}${difference.toFixed(4)}`;
}

function verdict({ gate, promotion }: RunResult): string[] {
  return [
    `**${gate.verdict.verdict}** against ${referenceName(gate)}; ${cell(promotionNote(promotion))}`,
    '',
    ...gate.verdict.reasons.map((reason) => {
      const guard = reason.guard === null ? '' : `${code(reason.guard)} `;
      return `- ${MARKS[reason.outcome]} ${guard}${cell(reasonWords(reason, gate.verdict))}`;
    }),
    '',
  ];
}

/** What the rows are like, which a figure does not show. */
function rows({ data }: RunResult): string[] {
  if (!data) return [];
  const { train, dev, test } = data.rows;
  return [
    `Rows: ${train} train, ${dev} dev, ${test} test`,
    '',
    ...dataTexts(data.profile).map((text) => `- ${cell(text)}`),
    ...Object.entries(data.guards).map(([name, counts]) => `- guard ${code(name)}: ${guardText(counts)}`),
    '',
  ];
}

function places({ artifacts, tracking }: RunResult): string[] {
  const record = artifacts['record'];
  return [
    ...(record ? [`Record: ${code(record.key)}`, ''] : []),
    `W&B: ${tracking.state}${tracking.runId === undefined ? '' : `, run ${code(tracking.runId)}`}`,
    '',
  ];
}

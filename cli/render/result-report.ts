/** A finished run as lines: the metrics, the comparison, the gate, the steps, the artifacts, the tracking. */
import { dataTexts, guardText } from '../../contracts/data-texts.ts';
import type { Provenance } from '../../contracts/artifact.ts';
import type { Comparison, RunResult, TrackingResult } from '../../contracts/run-result.ts';
import type { Colors } from '../context.ts';
import { gateLines, promotionText } from './gate-lines.ts';
import { oneLine } from './line.ts';
import { metricTable } from './metric-table.ts';
import { formatBytes, formatCount, formatDifference } from './quantity.ts';
import { textCounts } from './run-frame.ts';
import { stepTable } from './step-table.ts';

export interface ReportOptions {
  readonly colors: Colors;
  /** `s3://bucket/prefix`, before artifact keys. */
  readonly artifactsUrl: string;
  /** False where the steps have just been shown. @default true */
  readonly steps?: boolean;
}

/** The whole report. */
export function resultReport(result: RunResult, { colors, artifactsUrl, steps = true }: ReportOptions): string[] {
  const title = (text: string): string[] => ['', colors.bold(text)];
  const { unchangedSince } = result;
  return [
    ...(unchangedSince === null ? [] : [colors.bold(`${unchangedText(unchangedSince)} Its result:`), '']),
    ...metricTable(result.metrics, colors),
    '',
    ...comparisonLines(result.comparison, colors),
    `Texts: ${textCounts(result.texts)}.`,
    ...(result.data ? [...title('Data'), ...dataLines(result.data)] : []),
    ...title('Gate'),
    ...gateLines(result.gate, colors),
    `Promotion: ${promotionText(result.promotion)}`,
    ...(steps ? [...title('Steps'), ...stepTable(result.steps, colors)] : []),
    ...title('Artifacts'),
    ...artifactLines(result, artifactsUrl),
    ...title('Tracking'),
    ...trackingLines(result.tracking, artifactsUrl),
  ];
}

/** Rows of each part, and what they are like. */
function dataLines({ rows: { train, dev, test }, profile, guards }: NonNullable<RunResult['data']>): string[] {
  return [
    `${formatCount(train)} rows to train on, ${formatCount(dev)} for dev, ${formatCount(test)} to test`,
    ...dataTexts(profile).map((text) => `  ${oneLine(text)}`),
    ...Object.entries(guards).map(([name, counts]) => `guard ${name}: ${guardText(counts)}`),
  ];
}

/** `Unchanged: data, code and configuration are those of nightly-2026-11-23 (…00c0ffee).` */
export function unchangedText({ workflowId, runId }: Provenance): string {
  return `Unchanged: data, code and configuration are those of ${oneLine(workflowId)} (…${runId.slice(-8)}).`;
}

/** How many queries gained and lost, and whether the gain in nDCG@10 over the base model is beyond chance. */
export function comparisonLines({ queries, ndcgDifference }: Comparison, colors: Colors): string[] {
  const { mean, low, high } = ndcgDifference;
  const told = low > 0 ? colors.green('better') : high < 0 ? colors.red('worse') : colors.yellow('not told apart');
  const interval = `[${formatDifference(low)}, ${formatDifference(high)}]`;
  const counts = [
    `${formatCount(queries.better)} better`,
    `${formatCount(queries.worse)} worse`,
    `${formatCount(queries.same)} the same`,
  ];
  return [
    `Against zero-shot: nDCG@10 ${formatDifference(mean)}, 95 % interval ${interval}: ${told}`,
    `Queries after fine-tuning: ${counts.join(', ')}.`,
  ];
}

function artifactLines({ artifacts }: RunResult, artifactsUrl: string): string[] {
  return Object.entries(artifacts).flatMap(([name, { key, bytes }]) => [
    `${oneLine(name)} (${formatBytes(bytes)})`,
    `  ${artifactsUrl}/${oneLine(key)}`,
  ]);
}

function trackingLines({ state, runId, archive, error }: TrackingResult, artifactsUrl: string): string[] {
  const run = runId === undefined ? '' : `, run ${runId}`;
  switch (state) {
    case 'online':
      return [`W&B online${run}`];
    case 'offline':
      return [
        `W&B offline${run}; unpack the archive and send it with: wandb sync <folder>`,
        ...(archive === undefined ? [] : [`  ${artifactsUrl}/${oneLine(archive.key)}`]),
      ];
    case 'failed':
      return [`failed, which does not fail the run: ${oneLine(error ?? 'no reason given')}`];
    case 'none':
    default:
      return ['off (tracking.mode none)'];
  }
}

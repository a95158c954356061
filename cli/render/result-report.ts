/** A finished run as lines: the metrics, the comparison, the gate, the steps, the artifacts, the tracking. */
import { dataTexts, guardText } from '../../contracts/data-texts.ts';
import { counted } from '../../contracts/count.ts';
import type { Provenance } from '../../contracts/artifact.ts';
import type { Comparison, RunResult, TrackingResult } from '../../contracts/run-result.ts';
import type { Colors } from '../context.ts';
import { gateLines, promotionText, VERDICT_COLOURS } from './gate-lines.ts';
import { oneLine } from './line.ts';
import { metricTable } from './metric-table.ts';
import { formatBytes, formatCount, formatDifference, formatMetric } from './quantity.ts';
import { textCounts } from './run-frame.ts';
import { stepTable } from './step-table.ts';

export interface ReportOptions {
  readonly colors: Colors;
  /** `s3://bucket/prefix`, before artifact keys. */
  readonly artifactsUrl: string;
  /** False where the steps have just been shown. @default true */
  readonly steps?: boolean;
  /** True to show where the artifacts are in the bucket. @default false */
  readonly addresses?: boolean;
  /** Of the terminal. @default as wide as the lines */
  readonly width?: number;
}

const NDCG = 'retrieval/nDCG@10';

/** The whole report. */
export function resultReport(
  result: RunResult,
  { colors, artifactsUrl, steps = true, addresses = false, width = Infinity }: ReportOptions,
): string[] {
  const title = (text: string): string[] => ['', colors.bold(text)];
  const { unchangedSince } = result;
  return [
    ...(unchangedSince === null ? [] : [colors.bold(`${unchangedText(unchangedSince)} Its result:`), '']),
    ...metricTable(result.metrics, colors, width),
    '',
    ...comparisonLines(result.comparison, colors, gateMeasuresGain(result)),
    `Texts: ${textCounts(result.texts)}.`,
    ...(result.data ? [...title('Data'), ...dataLines(result.data)] : []),
    ...title('Gate'),
    ...gateLines(result.gate, colors),
    `Promotion: ${promotionText(result.promotion)}`,
    ...(steps ? [...title('Steps'), ...stepTable(result.steps, colors, width)] : []),
    ...title('Artifacts'),
    ...artifactLines(result, artifactsUrl, addresses),
    ...title('Tracking'),
    ...trackingLines(result.tracking, artifactsUrl),
  ];
}

/** Rows of each part, and what they are like. */
function dataLines({ rows: { train, dev, test }, profile, guards }: NonNullable<RunResult['data']>): string[] {
  return [
    `${counted(train, 'row')} to train on, ${formatCount(dev)} for dev, ${formatCount(test)} to test`,
    ...dataTexts(profile).map((text) => `  ${oneLine(text)}`),
    ...Object.entries(guards).map(([name, counts]) => `guard ${name}: ${guardText(counts)}`),
  ];
}

/** `Unchanged: data, code and configuration are those of nightly-2026-11-23 (…00c0ffee).` */
export function unchangedText({ workflowId, runId }: Provenance): string {
  return `Unchanged: data, code and configuration are those of ${oneLine(workflowId)} (…${runId.slice(-8)}).`;
}

/**
 * How many queries gained and lost, and whether the gain in nDCG@10 over the base model is beyond chance. Where the gate
 * measures that gain itself, its interval is the one that is shown.
 */
export function comparisonLines(
  { queries, ndcgDifference }: Comparison,
  colors: Colors,
  isShownByGate = false,
): string[] {
  const { mean, low, high } = ndcgDifference;
  const told = low > 0 ? colors.green('better') : high < 0 ? colors.red('worse') : colors.yellow('not told apart');
  const interval = `[${formatDifference(low)}, ${formatDifference(high)}]`;
  const counts = [
    `${formatCount(queries.better)} better`,
    `${formatCount(queries.worse)} worse`,
    `${formatCount(queries.same)} the same`,
  ];
  return [
    ...(isShownByGate
      ? []
      : [`Against zero-shot: nDCG@10 ${formatDifference(mean)}, 95 % interval ${interval}: ${told}`]),
    `Queries after fine-tuning: ${counts.join(', ')}.`,
  ];
}

function gateMeasuresGain({ gate }: RunResult): boolean {
  return gate.reference.kind === 'base' && gate.verdict.primary !== null;
}

/** Characters of a digest that tell the artifacts of one bucket apart. */
const SHORT_DIGEST = 12;

function artifactLines({ artifacts }: RunResult, artifactsUrl: string, addresses: boolean): string[] {
  const width = Math.max(0, ...Object.keys(artifacts).map((name) => oneLine(name).length));
  return Object.entries(artifacts).flatMap(([name, { key, sha256, bytes }]) =>
    addresses
      ? [`${oneLine(name)} (${formatBytes(bytes)})`, `  ${artifactsUrl}/${oneLine(key)}`]
      : [`${oneLine(name).padEnd(width)}  ${formatBytes(bytes).padStart(8)}  ${sha256.slice(0, SHORT_DIGEST)}`],
  );
}

/** The outcome in one line, for the end of a watch: the verdict, the figures, and what became of the candidate. */
export function outcomeLine({ unchangedSince, metrics, gate, promotion }: RunResult, colors: Colors): string {
  if (unchangedSince !== null) return colors.bold(unchangedText(unchangedSince));
  const [before, after] = [metrics.base[NDCG], metrics.fineTuned[NDCG]];
  const { verdict } = gate.verdict;
  return [
    `${colors.bold('Result:')} nDCG@10 ${formatMetric(before)} → ${formatMetric(after)}`,
    colors[VERDICT_COLOURS[verdict]](verdict),
    promotion.state === 'promoted' ? promotionText(promotion) : `promotion: ${promotionText(promotion)}`,
  ].join(', ');
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

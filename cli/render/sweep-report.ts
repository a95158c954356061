/** A finished sweep as lines: the trials, the winner, and the report of its run. */
import { changesText, type SweepResult } from '../../contracts/sweep-result.ts';
import { resultReport, type ReportOptions } from './result-report.ts';
import { textCounts } from './run-frame.ts';
import { sweepTable } from './sweep-table.ts';

export function sweepReport(result: SweepResult, options: ReportOptions): string[] {
  const { winner, trials, repeated, metric, texts, run } = result;
  const { colors } = options;
  const changes = changesText(trials[winner.trial - 1]?.changes ?? {});
  return [
    ...sweepTable(result, colors, options.width),
    '',
    `${colors.green('★')} Trial ${winner.trial} is the best by ${metric} on the dev part: ${changes}.`,
    `Texts before the winner: ${textCounts(texts)}.`,
    ...(repeated > 0 ? [`Combinations left out, since an earlier one says the same: ${repeated}.`] : []),
    '',
    colors.bold(`Winner, ${winner.workflowId}: the only look at the test part`),
    ...resultReport(run, options),
  ];
}

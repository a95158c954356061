/** The bar with its figures: done of total, rate, time left, loss. */
import type { WorkView } from '../observe/step-view.ts';
import { span, widthOf, type Span } from './line.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from './quantity.ts';

/** A shorter bar says nothing. */
const SHORTEST = 5;
const LONGEST = 40;

/** The bar, as long as fits before its figures, or the figures alone. */
export function progressSpans(work: WorkView, width: number): Span[] {
  const figures = workFigures(work).join('  ');
  const room = Math.min(LONGEST, width - figures.length - 2);
  if (room < SHORTEST) return [span(figures)];
  const full = Math.round((room * work.done) / work.total);
  const spans = [span('━'.repeat(full), 'cyan'), span('─'.repeat(room - full), 'dim'), span('  '), span(figures)];
  return widthOf(spans) <= width ? spans : [span(figures)];
}

/** `1,024/4,096 texts`, `64/s`, `48s left`, `loss 1.234`: those that are known. */
export function workFigures({ done, total, unit, rate, loss }: WorkView): string[] {
  const figures =
    unit === 'bytes'
      ? [`${formatBytes(done)} of ${formatBytes(total)}`]
      : [`${formatCount(done)}/${formatCount(total)} ${unit}`];
  if (rate !== null && rate > 0) {
    figures.push(unit === 'bytes' ? `${formatBytes(rate)}/s` : formatRate(rate));
    if (done < total) figures.push(`${formatDuration(((total - done) / rate) * 1_000)} left`);
  }
  if (loss !== null) figures.push(`loss ${loss.toPrecision(4)}`);
  return figures;
}

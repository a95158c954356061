/** Figures that two things differ in, one a line: `training.seed  42 → 43`. */
import type { LeafDifference } from '../../core/leaf-differences.ts';
import type { Colors } from '../context.ts';
import { oneLine } from './line.ts';

/** Digits of a digest that tell two of them apart. */
const SHORT = 12;
const WIDEST = 100;

export function leafLines(differences: readonly LeafDifference[], colors: Colors): string[] {
  const width = Math.max(0, ...differences.map(({ path }) => path.length));
  return differences.map(
    ({ path, a, b }) => `  ${oneLine(path.padEnd(width))}  ${colors.red(valueText(a))} → ${colors.green(valueText(b))}`,
  );
}

function valueText(value: unknown): string {
  if (value === undefined) return '–';
  if (typeof value !== 'string') return oneLine(JSON.stringify(value));
  if (/^[0-9a-f]{40,}$/.test(value)) return `${value.slice(0, SHORT)}…`;
  const text = oneLine(value);
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

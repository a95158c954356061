/** A report as a table for people: each figure with its spread, and the aim beside it. */
import pc from 'picocolors';
import { table } from '../cli/render/table.ts';
import { isMet, type Figure, type Report } from './benchmark.ts';
import type { Machine } from './machine.ts';

export function toLines(machine: Machine, { figures, notes }: Report): string[] {
  const { cpu, cores, memoryGiB, node, loadAtStart } = machine;
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, load ${loadAtStart.toFixed(2)} at the start`,
    '',
    ...table(
      ['figure', 'median', 'rounds', 'unit', 'aim', ''],
      figures.map(row),
      ['left', 'right', 'right', 'left'],
      pc,
    ),
    '',
    ...notes.map((note) => `· ${note}`),
  ];
}

function row({ name, median, low, high, unit, aim }: Figure): string[] {
  const spread = low === high ? '' : `${show(low)} – ${show(high)}`;
  const aimed = aim ? [`${aim.is} ${aim.bound}`, isMet(aim, median) ? 'met' : 'missed'] : ['', ''];
  return [name, show(median), spread, unit, ...aimed];
}

/** Four significant digits; eight decimals where a value is as good as 1, since the last ones are what counts. */
function show(value: number): string {
  if (value > 0.9999 && value < 1) return value.toFixed(8);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)));
}

/** Figures by their names, and their medians as the object that programs read. */
import type { Aim, Figure } from './benchmark.ts';
import type { Summary } from './statistics.ts';

/** Without unit: a ratio or a count. */
export function figure(name: string, summary: Summary, unit = '', aim?: Aim): Figure {
  return { name, ...summary, unit, ...(aim && { aim }) };
}

interface Nested {
  [name: string]: Nested | number;
}

/** Medians, nested by the dots in the figures' names: `ours.textsPerSecond` is `{ours: {textsPerSecond: …}}`. */
export function medians(figures: readonly Figure[]): Nested {
  const result: Nested = {};
  for (const { name, median } of figures) {
    const path = name.split('.');
    const last = path.pop() ?? name;
    let place = result;
    for (const part of path) {
      const next = place[part];
      place = typeof next === 'object' ? next : (place[part] = {});
    }
    place[last] = median;
  }
  return result;
}

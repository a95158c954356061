/** Reads `--grid lora.r=8,16`: what a sweep tries below `training`. */
import { UsageError } from '../exit.ts';
import { jsonOrString } from '../input/assignment.ts';

/**
 * The paths with their values, in the order given. Values are JSON where they parse as JSON, and text otherwise.
 *
 * @throws {UsageError} when there is no `=`, or a path is given twice.
 */
export function parseGrid(options: readonly string[]): Record<string, unknown[]> {
  const grid = new Map<string, unknown[]>();
  for (const text of options) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`--grid "${text}": write path=value,value, for example --grid lora.r=8,16`);
    const path = text.slice(0, equals);
    if (grid.has(path)) throw new UsageError(`--grid ${path} is given twice: name all its values in one.`);
    grid.set(path, values(text.slice(equals + 1)));
  }
  return Object.fromEntries(grid);
}

/** As one JSON list where it is one, since objects hold commas too; else value by value. */
function values(text: string): unknown[] {
  const list = jsonOrString(`[${text}]`);
  return Array.isArray(list) ? list : text.split(',').map(jsonOrString);
}

/** The doctor's findings as lines: a mark, what was looked at, what was found, what to do. */
import type { Colors } from '../context.ts';
import type { CheckResult, CheckState } from '../doctor/check.ts';
import { oneLine } from './line.ts';

const MARKS: Record<CheckState, { readonly mark: string; readonly colour: 'green' | 'yellow' | 'red' }> = {
  ok: { mark: 'ok  ', colour: 'green' },
  warn: { mark: 'warn', colour: 'yellow' },
  fail: { mark: 'FAIL', colour: 'red' },
};

export function checkLines(results: readonly CheckResult[], colors: Colors): string[] {
  const width = Math.max(...results.map(({ name }) => name.length));
  return results.flatMap(({ name, state, detail, fix }) => {
    const { mark, colour } = MARKS[state];
    const line = `${colors[colour](mark)}  ${name.padEnd(width)}  ${oneLine(detail)}`;
    return fix === null ? [line] : [line, `${' '.repeat(width + 8)}${colors.dim(`→ ${fix}`)}`];
  });
}

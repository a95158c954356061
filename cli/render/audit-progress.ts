/** How far an audit is, on one line that is drawn again and again, where there is a terminal. */
import type { CheckName } from '../../audit/check.ts';
import type { Terminal } from '../context.ts';
import { paint, span } from './line.ts';
import { LiveScreen } from './live-screen.ts';
import { progressSpans } from './progress-bar.ts';

/** Milliseconds between two frames: a stream tells of each of its pieces. */
const FRAME = 100;
const NAME_WIDTH = 12;

export interface AuditProgress {
  onCheck(check: CheckName): void;
  onBytes(done: number, total: number): void;
  /** Takes the line away. */
  end(): void;
}

/** @param about what is audited, e.g. `run 3 of 120`; empty: nothing needs to be said */
export function auditProgress(terminal: Terminal, about: () => string): AuditProgress {
  const { err, isTTY, colors } = terminal;
  if (!isTTY) return { onCheck() {}, onBytes() {}, end() {} };
  const screen = new LiveScreen(err);
  let check = '';
  let drawnAt = 0;
  const draw = (spans: ReturnType<typeof progressSpans>): void => {
    const { columns } = terminal.size();
    screen.draw([paint([span(about(), 'dim'), span(check.padEnd(NAME_WIDTH)), ...spans], columns, colors)], columns);
    drawnAt = performance.now();
  };
  return {
    onCheck(name) {
      check = name;
      draw([]);
    },
    onBytes(done, total) {
      if (performance.now() - drawnAt < FRAME) return;
      const work = { done, total, unit: 'bytes', rate: null, loss: null, metrics: {} } as const;
      draw(progressSpans(work, terminal.size().columns - about().length - NAME_WIDTH));
    },
    end: () => screen.draw([], terminal.size().columns),
  };
}

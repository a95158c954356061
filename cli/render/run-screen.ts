/** Where a watched run is shown: redrawn in place on a terminal, as plain lines elsewhere. */
import type { Writable } from 'node:stream';
import { print, type Terminal } from '../context.ts';
import type { RunScreen } from '../observe/watch-run.ts';
import { oneLine } from './line.ts';
import { LiveScreen } from './live-screen.ts';
import { emptyLog, plainLines } from './plain-log.ts';
import { formatDuration } from './quantity.ts';
import { runFrame } from './run-frame.ts';

export function runScreen(terminal: Terminal): RunScreen {
  return terminal.isTTY ? liveRunScreen(terminal) : plainRunScreen(terminal.out);
}

/** One line a change, without control characters. */
export function plainRunScreen(out: Writable): RunScreen {
  let log = emptyLog;
  return {
    show(view) {
      const { lines, state } = plainLines(view, log);
      log = state;
      print(out, lines);
    },
    noAnswer(milliseconds) {
      print(out, [silence(milliseconds)]);
    },
    notice(line) {
      print(out, [oneLine(line)]);
    },
  };
}

function liveRunScreen(terminal: Terminal): RunScreen {
  const screen = new LiveScreen(terminal.out);
  let frame: string[] = [];
  const { colors } = terminal;
  const draw = (beneath: readonly string[], above: readonly string[] = []): void =>
    screen.draw([...frame, ...beneath], terminal.size().columns, above);
  return {
    show(view) {
      const { columns, rows } = terminal.size();
      // The last row stays free for the cursor, and one for a notice.
      frame = runFrame(view, { columns, rows: rows - 2, colors });
      draw([]);
    },
    noAnswer(milliseconds) {
      draw([colors.yellow(silence(milliseconds))]);
    },
    notice(line) {
      draw([], [colors.yellow(oneLine(line))]);
    },
  };
}

function silence(milliseconds: number): string {
  return `Temporal has not answered for ${formatDuration(milliseconds)}; asking again.`;
}

/** Where a watched run is shown: redrawn in place on a terminal, as plain lines elsewhere. */
import type { Writable } from 'node:stream';
import { print, type Terminal } from '../context.ts';
import type { RunView } from '../observe/run-view.ts';
import type { RunScreen, Screen } from '../observe/watch-run.ts';
import { oneLine } from './line.ts';
import { LiveScreen } from './live-screen.ts';
import { emptyLog, plainLines } from './plain-log.ts';
import { formatDuration } from './quantity.ts';
import { runFrame, type FrameOptions } from './run-frame.ts';

export function runScreen(terminal: Terminal): RunScreen {
  return terminal.isTTY ? liveScreen(terminal, runFrame) : plainRunScreen(terminal.out);
}

/** One line a change, without control characters. */
export function plainRunScreen(out: Writable): RunScreen {
  let log = emptyLog;
  return plainScreen(out, (view: RunView) => {
    const { lines, state } = plainLines(view, log);
    log = state;
    return lines;
  });
}

/** @param news the lines that a look adds to those before */
export function plainScreen<View>(out: Writable, news: (view: View) => string[]): Screen<View> {
  return {
    show(view) {
      print(out, news(view));
    },
    noAnswer(milliseconds) {
      print(out, [silence(milliseconds)]);
    },
    notice(line) {
      print(out, [oneLine(line)]);
    },
  };
}

/** @param frameOf the whole screen, within so many rows and columns */
export function liveScreen<View>(
  terminal: Terminal,
  frameOf: (view: View, options: FrameOptions) => string[],
): Screen<View> {
  const screen = new LiveScreen(terminal.out);
  let frame: string[] = [];
  const { colors } = terminal;
  const draw = (beneath: readonly string[], above: readonly string[] = []): void =>
    screen.draw([...frame, ...beneath], terminal.size().columns, above);
  return {
    show(view) {
      const { columns, rows } = terminal.size();
      // The last row stays free for the cursor, and one for a notice.
      frame = frameOf(view, { columns, rows: rows - 2, colors });
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

/** What files, servers and people have written is shown on the terminal and in logs, and never obeyed by them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { print } from '../../cli/context.ts';
import { LiveScreen } from '../../cli/render/live-screen.ts';
import { shownWidth } from '../../cli/render/fit.ts';
import { table } from '../../cli/render/table.ts';
import { ownColors, terminalText } from '../../cli/terminal-text.ts';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from '../fixtures/paths.ts';

/** An escape sequence that clears the screen, its 8-bit form, a bell, a carriage return, and a change of direction. */
const HOSTILE = 'a\u001b[2Jb\u009b2Jc\u0007d\re\u202ef';
const SHOWN = 'a\\u001b[2Jb\\u009b2Jc\\u0007d\\re\\u202ef'.replace('\\r', '\\u000d');

describe('text at the border to the terminal', () => {
  it('has control characters as escapes; line feeds and tabs stay', () => {
    assert.equal(terminalText(HOSTILE), SHOWN);
    assert.equal(terminalText('one\ttwo\nthree'), 'one\ttwo\nthree');
  });

  it('has the colours of the command, and none that the text brings along', () => {
    const colors = ownColors(true);
    assert.equal(terminalText(colors.red(`x\u001b[32my`)), '\u001b[31mx\\u001b[32my\u001b[39m');
    assert.equal(terminalText(colors.bold(colors.dim('x'))), '\u001b[1m\u001b[2mx\u001b[22m\u001b[22m');
    assert.equal(ownColors(false).red('x'), 'x');
  });

  it('keeps the columns of a table, whatever its colours', () => {
    const rows = (enabled: boolean) => {
      const colors = ownColors(enabled);
      return table(
        ['a', 'b'],
        [
          [colors.green('one'), 'x'],
          ['three', 'y'],
        ],
        ['left', 'left'],
        colors,
      ).map(terminalText);
    };
    assert.deepEqual(rows(true).map(stripVTControlCharacters), rows(false));
  });

  it('leaves a JSON document the same document', () => {
    const document = { [HOSTILE]: [HOSTILE, '\ufeff\u2028'] };
    const text = terminalText(JSON.stringify(document, null, 2));
    assert.doesNotMatch(text, /[^\P{C}\n]/u);
    assert.deepEqual(JSON.parse(text), document);
  });

  it('passes it wherever a command prints, and redraws', () => {
    const out = new PassThrough({ encoding: 'utf8' });
    print(out, [HOSTILE]);
    assert.equal(out.read(), `${SHOWN}\n`);
    new LiveScreen(out).draw([HOSTILE], 80, [HOSTILE]);
    assert.equal(String(out.read()).split(SHOWN).length, 3);
  });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function command(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...args], { env: { ...process.env, ...env } }, (_, out, err) =>
      resolve({ code: child.exitCode, output: out + err }),
    );
  });
}

async function stateFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veille-escape-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

describe('what is coloured by this command', () => {
  const colors = ownColors(true);

  it('is as wide as its text', () => {
    for (const paint of [colors.green, colors.bold, colors.dim]) assert.equal(shownWidth(paint('hello')), 5);
    const rows = [['split', colors.green('cached'), 'x'.repeat(20)]];
    const plain = table(
      ['step', 'state', 'why'],
      [['split', 'cached', 'x'.repeat(20)]],
      ['left', 'left', 'left'],
      ownColors(false),
      60,
    );
    assert.equal(table(['step', 'state', 'why'], rows, ['left', 'left', 'left'], colors, 60).length, plain.length);
  });

  it('is redrawn where it stood', () => {
    const out = new PassThrough({ encoding: 'utf8' });
    const live = new LiveScreen(out);
    live.draw([colors.green('x'.repeat(39)), colors.dim('y')], 40);
    out.read();
    live.draw(['z'], 40);
    assert.ok(String(out.read()).includes('\u001b[2A\r'));
  });
});

describe('a process', () => {
  it('shows what a file’s header has, and what was typed wrongly, without obeying it', async (t) => {
    const folder = await stateFolder(t);
    const data = join(folder, 'rows.csv');
    await writeFile(data, `query,${HOSTILE.replace('\r', '')},out\nq,i,o\n`);
    const environment = { VEILLE_STATE_DIR: folder, FORCE_COLOR: '1', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    for (const [args, code, shown] of [
      [['plan', '--data', data], 1, /has no column/],
      [[HOSTILE], 2, /unknown command 'a\\u001b\[2J/],
    ] as const) {
      const ended = await command([join(ROOT, 'cli/veille.mjs'), ...args], environment);
      assert.equal(ended.code, code, ended.output);
      assert.match(ended.output, shown);
      assert.doesNotMatch(ended.output, /[^\P{C}\n\t]/u);
    }
  });

  it('writes a worker’s log without control characters', async () => {
    const script = `
      const { installLogging } = await import('${ROOT}workers/logging.ts');
      installLogging('info', 'cpu').warn({ reason: ${JSON.stringify(HOSTILE)} }, ${JSON.stringify(HOSTILE)});
      process.exit();`;
    const { output } = await command(['--import', 'tsx', '--input-type=module', '-e', script]);
    const entry = JSON.parse(output) as { reason: string; msg: string };
    assert.deepEqual([entry.reason, entry.msg], [HOSTILE, HOSTILE]);
    assert.doesNotMatch(output, /[^\P{C}\n]/u);
  });
});

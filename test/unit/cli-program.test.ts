import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { CliError, InterruptedError, RunFailedError, UnreachableError, UsageError } from '../../cli/exit.ts';
import { createProgram, runProgram } from '../../cli/program.ts';

/** Runs one command line against a context that can't be had, for the given reason. */
async function run(args: readonly string[], reason: Error = new Error('no context')) {
  const output = { out: '', err: '' };
  const unavailable = (): never => {
    throw reason;
  };
  const parts = {
    version: '1.2.3',
    context: unavailable,
    installation: unavailable,
    buildId: unavailable,
    startServices: unavailable,
    reproductionPlace: unavailable,
    planningPlace: unavailable,
    stateDir: '.veille',
  };
  const program = await createProgram(parts, args);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.configureOutput({
      writeOut: (text) => void (output.out += text),
      writeErr: (text) => void (output.err += text),
    });
  }
  const err = new PassThrough({ encoding: 'utf8' });
  const code = await runProgram(() => program, args, err);
  return { code, out: output.out, err: output.err + ((err.read() as string | null) ?? '') };
}

test('the version is printed', async () => {
  assert.deepEqual(await run(['--version']), { code: 0, out: '1.2.3\n', err: '' });
});

const COMMANDS = [
  'demo',
  'dev',
  'run',
  'plan',
  'sweep',
  'watch',
  'show',
  'approve',
  'pause',
  'resume',
  'cancel',
  'champion',
  'link',
  'schedule',
  'runs',
  'diff',
  'reproduce',
  'tag',
  'audit',
  'export',
  'gc',
  'search',
  'deploy',
  'doctor',
];

test('the help lists every command', async () => {
  const { out } = await run(['--help']);
  assert.deepEqual(
    out
      .split('\n')
      .flatMap((line) => /^ {2}(\w+) /.exec(line)?.[1] ?? [])
      .filter((name) => name !== 'help'),
    COMMANDS,
  );
});

for (const command of COMMANDS) {
  test(`the help of ${command} has examples, and needs no configuration`, async () => {
    const { code, out } = await run([command, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples:\\n(  .*\\n)*?  \\$ veille ${command}`));
  });
}

for (const command of ['create', 'list', 'show', 'pause', 'resume', 'trigger', 'backfill', 'delete']) {
  test(`the help of schedule ${command} has examples, and needs no configuration`, async () => {
    const { code, out } = await run(['schedule', command, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples:\\n  .*veille schedule ${command}`));
  });
}

test('the help of champion rollback has examples, and needs no configuration', async () => {
  const { code, out } = await run(['champion', 'rollback', '--help']);
  assert.equal(code, 0);
  assert.match(out, /Examples:\n {2}\$ veille champion rollback/);
});

for (const command of ['show', 'watch']) {
  test(`the help of sweep ${command} has examples, and needs no configuration`, async () => {
    const { code, out } = await run(['sweep', command, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples:\\n  .*veille sweep ${command}`));
  });
}

for (const args of [
  ['frobnicate'],
  ['sweep', 'frobnicate'],
  ['sweep', '--parallelism', '0'],
  ['sweep', 'show'],
  ['schedule', 'frobnicate'],
  ['schedule', 'create'],
  ['schedule', 'create', '--cron', '@daily', '--catch-up', '6'],
  ['schedule', 'create', '--cron', '@daily', '--overlap', 'allow-all'],
  ['schedule', 'pause', 'nightly'],
  ['watch'],
  ['approve'],
  ['pause', 'nightly'],
  ['run', '--priority', 'urgent'],
  ['champion', 'rollback', '--to', '0'],
  ['runs', '--sort', 'colour'],
  ['runs', '--limit', '0'],
  ['diff', 'a'],
  ['reproduce'],
  ['tag', 'a', 'two words'],
  ['tag', 'a', 'kept', '--remove', '--note', 'why'],
  ['search', '--run', 'nightly', '--champion', 'a question'],
  ['run', '--frobnicate'],
  ['dev', '--ui-port', '99999'],
  ['show', 'a', 'b'],
]) {
  test(`\`veille ${args.join(' ')}\` is wrong usage`, async () => {
    const { code, err } = await run(args);
    assert.equal(code, 2);
    assert.match(err, /error: /);
  });
}

test('each kind of failure has its exit code, and its message instead of a stack', async () => {
  const failures: [CliError, number][] = [
    [new RunFailedError('the run failed'), 1],
    [new UsageError('wrong file'), 2],
    [new UnreachableError('no Temporal'), 3],
    [new InterruptedError('stopped'), 130],
  ];
  for (const [failure, expected] of failures) {
    assert.deepEqual(await run(['show', 'x'], failure), { code: expected, out: '', err: `${failure.message}\n` });
  }
});

test('an error that nobody foresaw shows its stack', async () => {
  const { code, err } = await run(['show', 'x'], new TypeError('a bug'));
  assert.equal(code, 1);
  assert.match(err, /TypeError: a bug\n {4}at /);
});

/** What `plan`, `run`, `sweep` and `schedule create` refuse before anything starts: the same, in the same words. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { planCommand } from '../../cli/commands/plan.ts';
import { runCommand } from '../../cli/commands/run.ts';
import { scheduleCommand } from '../../cli/commands/schedule.ts';
import { sweepCommand } from '../../cli/commands/sweep.ts';
import { noBucket } from '../../cli/commands/champion.ts';
import type { CliContext } from '../../cli/context.ts';
import { preparedInput } from '../../cli/input/prepared-input.ts';
import { preparedSweep } from '../../cli/sweep/sweep-input.ts';
import { typed } from '../fixtures/bucket-command.ts';
import { plannedRun } from '../fixtures/planned-run.ts';

let folder: string;
let given: Partial<CliContext>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veille-prepared-'));
  await writeFile(join(folder, 'rows.csv'), 'query,input,output\n');
  await mkdir(join(folder, 'empty'));
  given = {
    workersHere: { folder, pythonEnvironment: join(folder, 'venv') },
    interruptSignal: () => new AbortController().signal,
  };
});

after(() => rm(folder, { recursive: true }));

const place = async () => plannedRun().place;
/** Each command line without what it refuses; Temporal fails the test where it is asked. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => ReturnType<typeof typed>>> = {
  plan: (args) => typed((context) => planCommand(context, place), args, given),
  run: (args) => typed((context) => runCommand(context, noBucket), args, given),
  sweep: (args) => typed((context) => sweepCommand(context, noBucket), ['--grid', 'lora.r=4,8', ...args], given),
  'schedule create': (args) =>
    typed((context) => scheduleCommand(context, noBucket), ['create', '--cron', '0 2 * * *', ...args], given),
};

describe('plan, run, sweep and schedule create', () => {
  const refused: [what: string, args: string[], message: RegExp][] = [
    [
      'an unknown field, with the one that was meant',
      ['--set', 'training.learning_rate=1e-4'],
      /training\.learning_rate is not a field of training: did you mean training\.learningRate\?/,
    ],
    ['a value of another type', ['--set', 'split.seed=often'], /split\.seed is "often": must be a number/],
    ['a FAISS factory that is none', ['--set', 'index.factory=Foo'], /index\.factory is "Foo": .*FAISS|Foo/],
    ['an unknown preset', ['--preset', 'big'], /preset is "big": must be one of demo, own/],
    ['a file that is not there', ['--set', 'data.source=/nowhere.csv'], /data\.source \/nowhere\.csv is no file/],
    ['a folder in the place of a file', ['--set', 'data.source=empty'], /data\.source empty, which .* is no file/],
    [
      'a guard set that is not there',
      ['--set', 'gate.guards.civil.data.source=civil.csv'],
      /gate\.guards\.civil\.data\.source civil\.csv, which .* is no file/,
    ],
    ['a model that is not there', ['--set', 'model.source=/nowhere'], /model\.source \/nowhere.* no /],
    ['a folder that is no model', ['--set', 'model.source=empty'], /model\.source .*empty.* no modules\.json/],
    [
      'a package that is not installed',
      ['--set', 'model.source=pypi:none'],
      /model\.source pypi:none is not installed/,
    ],
    ['an upload that is not there', ['--data', '/nowhere.csv'], /--data \/nowhere\.csv is no file on this machine/],
  ];
  for (const [what, args, message] of refused)
    it(`refuse ${what} with exit code 2, each in the same words`, async () => {
      const said = await Promise.all(
        Object.values(COMMANDS).map(async (command) => {
          const { code, out, err } = await command(args);
          assert.deepEqual({ code, out }, { code: 2, out: '' }, err);
          assert.match(err, message);
          return err.replace(/^Invalid input: (base\.)?/, '').trim();
        }),
      );
      assert.equal(new Set(said).size, 1, said.join('\n'));
    });

  it('refuse a source that an option and --set both name', async () => {
    const data = join(folder, 'rows.csv');
    const both = [
      [['--data', data, '--set', 'data.source=other.csv'], /--data and --set data\.source=… both name a source/],
      [['--data', data, '--set', 'data={"source":"other.csv"}'], /--data and --set data\.source/],
      [['--model', folder, '--set', 'model.source=other'], /--model and --set model\.source/],
      [
        ['--guard', `a=${data}`, '--set', 'gate.guards.a.data.source=b.csv'],
        /--guard a and --set gate\.guards\.a\.data/,
      ],
    ] as const;
    for (const [args, message] of both)
      for (const command of Object.values(COMMANDS)) {
        const { code, err } = await command(args);
        assert.equal(code, 2);
        assert.match(err, message);
      }
  });

  it('say that a run without data and model is the demo, and nothing where it was asked for', async () => {
    const notesOf = async (options: object) => (await preparedInput(options, undefined)).notes.join('');
    assert.match(await notesOf({}), /this is the demo.*--data FILE, --model FOLDER/);
    assert.match(await notesOf({ set: ['training.maxSteps=4'] }), /this is the demo/);
    assert.equal(await notesOf({ preset: 'demo' }), '');
    assert.equal(await notesOf({ data: join(folder, 'rows.csv') }), '');
    const sweep = await preparedSweep({ grid: ['lora.r=4,8'] }, undefined);
    assert.match(sweep.notes.join(''), /this is the demo/);
  });
});

describe('an input’s paths', () => {
  it('are left to workers on other machines', async () => {
    const { config } = await preparedInput({ set: ['data.source=/srv/corpus.csv', 'model.source=/srv/m'] }, undefined);
    assert.deepEqual(
      [config.data.source, config.model.source, config.name],
      ['/srv/corpus.csv', '/srv/m', 'corpus, m'],
    );
  });
});

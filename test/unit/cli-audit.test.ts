/** `veille audit` on command lines that are wrong, and how an audit is told. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import pc from 'picocolors';
import type { RunAudit } from '../../audit/audit-run.ts';
import type { CheckResult } from '../../audit/check.ts';
import { audit, type AuditCommandOptions } from '../../cli/commands/audit.ts';
import type { CliContext } from '../../cli/context.ts';
import { CliError, EXIT } from '../../cli/exit.ts';
import { auditReport, auditVerdict } from '../../cli/render/audit-report.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const store = new MemoryObjectStore();
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veille-cli-audit-'));
  await writeFile(join(folder, 'file.txt'), 'neither a key nor an archive');
  for (const key of ['runs/a/1/record.json', 'runs/b/1/record.json'])
    await store.putIfAbsent(key, Buffer.from('{"schema":1}'));
});
after(() => rm(folder, { recursive: true }));

/** What was printed, and the error that the command ended with. */
async function run(name: string | undefined, options: AuditCommandOptions): Promise<[string, CliError | null]> {
  const out = new PassThrough({ encoding: 'utf8' });
  const unused = (): never => assert.fail('an audit needs no Temporal');
  const context: CliContext = {
    terminal: {
      out,
      err: new PassThrough().resume(),
      isTTY: false,
      colors: pc.createColors(false),
      size: () => ({ columns: 80, rows: 24 }),
    },
    temporal: { address: '', namespace: '', uiUrl: null, client: unused, close: unused },
    artifactsUrl: 's3://memory',
    interruptSignal: () => new AbortController().signal,
  };
  const error: unknown = await audit(
    context,
    { store, stateDir: folder, trustedKeys: () => [], codeSources: () => 'this' },
    name,
    options,
  ).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error === null || error instanceof CliError, String(error));
  return [(out.read() as string | null) ?? '', error];
}

describe('veille audit', () => {
  it('says what is wrong with the command line', async () => {
    const wrong: [string | undefined, AuditCommandOptions, RegExp][] = [
      [undefined, {}, /Which run\?/],
      ['a', { all: true }, /--all is about every run/],
      ['c', {}, /no finished run with the workflow ID "c"/],
      [undefined, { from: join(folder, 'none') }, /--from .*none: there is no such file/],
      ['a', { key: [join(folder, 'none')] }, /--key .*none: there is no such file/],
      ['a', { key: [join(folder, 'file.txt')] }, /--key .*file\.txt has no public key/],
    ];
    for (const [name, options, message] of wrong) {
      const [, error] = await run(name, options);
      assert.equal(error?.exitCode, EXIT.usage, error?.message);
      assert.match(error.message, message);
    }
  });

  it('says so when a file is no archive', async () => {
    const [, error] = await run(undefined, { from: join(folder, 'file.txt') });
    assert.equal(error?.exitCode, EXIT.usage);
    assert.match(error.message, /file\.txt does not end as a tar archive does/);
  });

  it('names a link in a folder that is to be audited, and reads nothing through it', async () => {
    const copy = join(folder, 'copy');
    await mkdir(join(copy, 'runs', 'a', '1'), { recursive: true });
    await symlink(join(folder, 'file.txt'), join(copy, 'runs', 'a', '1', 'record.json'));
    const [, error] = await run(undefined, { from: copy });
    assert.equal(error?.exitCode, EXIT.usage);
    assert.match(error.message, /"runs\/a\/1\/record\.json" is a link or no plain file/);
  });

  it('lists records of another version, and does not call them damaged', async () => {
    const [out, error] = await run(undefined, { all: true });
    assert.equal(error, null);
    assert.match(out, /– {2}a can't be audited: another version of veille recorded it\./);
    assert.match(out, /2 runs: 0 clean, 0 damaged, 0 incomplete, 2 of another version of veille\./);
    assert.equal((await run('a', {}))[1]?.exitCode, EXIT.failed);
  });

  it('takes a record of another version for damaged where an attestation stands beside it', async () => {
    const key = 'runs/b/1/record.intoto.json';
    await store.putIfAbsent(key, Buffer.from('{}'));
    const [, error] = await run('b', {});
    await store.delete([key]);
    assert.match(error?.message ?? '', /b is damaged: runs\/b\/1\/record\.intoto\.json/);
  });
});

describe('auditReport', () => {
  const check = (one: Partial<CheckResult>): CheckResult => ({
    check: 'objects',
    state: 'ok',
    count: 1_234,
    unit: 'objects',
    bytes: 1 << 20,
    note: null,
    differences: [],
    ...one,
  });
  const difference = { object: 'artifacts/x', place: 'byte 7', expected: 'a', found: 'b\u001b[2J' };
  const audited: RunAudit = {
    run: { workflowId: 'nightly', runId: 'r' },
    record: 'ab'.repeat(32),
    deep: false,
    only: null,
    state: 'damaged',
    signedBy: null,
    resting: [],
    checks: [
      check({}),
      check({ check: 'steps', state: 'failed', differences: Array.from({ length: 7 }, () => difference) }),
      check({ check: 'split', state: 'not-checked', note: 'it needs artifacts/x' }),
    ],
  };

  it('has a line for each check, the first differences below it, and no control character', () => {
    const lines = auditReport(audited, 's3://veille/', pc.createColors(false)).slice(5);
    assert.equal(lines[0], '✓  objects     1,234 objects         1 MiB');
    assert.deepEqual(lines.slice(2, 5), ['   artifacts/x, byte 7', '     expected  a', '     found     b\\x1b[2J']);
    assert.equal(lines.at(-2), '   and 2 more');
    assert.equal(lines.at(-1), '–  split       it needs artifacts/x');
  });

  it('comes to one line that names the first difference, or what was not checked', () => {
    assert.equal(auditVerdict(audited), 'nightly is damaged: artifacts/x, byte 7: expected a, found b\\x1b[2J.');
    const clean = {
      ...audited,
      state: 'clean',
      checks: audited.checks.filter(({ state }) => state !== 'failed'),
    } as const;
    const incomplete = { ...clean, state: 'incomplete' } as const;
    assert.equal(
      auditVerdict(incomplete),
      'The audit of nightly is incomplete: not checked: split. split: it needs artifacts/x.',
    );
    const whole = { ...clean, checks: clean.checks.filter(({ state }) => state === 'ok'), signedBy: 'ab' };
    assert.equal(auditVerdict(whole), 'nightly is clean: 1 check.');
    assert.equal(
      auditVerdict({ ...whole, signedBy: null, only: ['objects'] }),
      'nightly is clean, and not signed by anybody who is trusted: 1 check, those that were asked for.',
    );
  });
});

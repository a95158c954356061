/** The build ID: the commit where the code is the commit's, a digest of the code where it is not. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { buildIdOf as buildIdOfVersion, builtAt, sourceVersion } from '../../workers/source-version.ts';

const COMMIT = /^[0-9a-f]{12}$/;
const CHANGED = /^[0-9a-f]{12}-[0-9a-f]{8}$/;
const SOURCE = /^source-[0-9a-f]{12}$/;

const folder = mkdtempSync(join(tmpdir(), 'veille-build-'));
let root: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const buildIdOf = (of: string): string => buildIdOfVersion(sourceVersion(of));

function git(...args: string[]): void {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  execFileSync('git', ['-C', root, ...author, ...args], { stdio: 'pipe' });
}

beforeEach(() => {
  root = mkdtempSync(join(folder, 'checkout-'));
  write('workers/cpu.ts', 'one');
  write('trainer/src/train.py', 'two');
  write('package-lock.json', '{}');
  write('README.md', 'read me');
});
after(() => rmSync(folder, { recursive: true }));

describe('in a checkout', () => {
  beforeEach(() => {
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
  });

  it('is the commit while the code is the commit’s', () => {
    assert.match(buildIdOf(root), COMMIT);
    write('README.md', 'read me again');
    assert.match(buildIdOf(root), COMMIT, 'no worker runs the README');
  });

  it('says that code was changed, and the same of the same change', () => {
    const commit = buildIdOf(root);
    write('workers/cpu.ts', 'changed');
    const changed = buildIdOf(root);
    assert.match(changed, CHANGED);
    assert.ok(changed.startsWith(commit));
    write('workers/cpu.ts', 'changed again');
    assert.notEqual(buildIdOf(root), changed);
    write('workers/cpu.ts', 'changed');
    assert.equal(buildIdOf(root), changed);
    write('workers/cpu.ts', 'one');
    assert.equal(buildIdOf(root), commit);
  });

  it('was made when its commit was, or when the newest of its changed files was', () => {
    const committed = builtAt(root, sourceVersion(root));
    assert.ok(Math.abs(Date.now() - committed.getTime()) < 3_600_000);
    write('workers/cpu.ts', 'changed');
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(join(root, 'workers/cpu.ts'), tomorrow, tomorrow);
    assert.equal(builtAt(root, sourceVersion(root)).getTime(), tomorrow.getTime());
    git('commit', '--quiet', '--all', '--message', 'second', '--date', '2020-01-01T00:00:00Z');
    assert.ok(builtAt(root, sourceVersion(root)) >= committed, 'the time of the commit, not of its author');
  });

  it('counts staged and untracked code as changed', () => {
    write('workers/cpu.ts', 'staged');
    git('add', '.');
    assert.match(buildIdOf(root), CHANGED);
    git('commit', '--quiet', '--message', 'second');
    assert.match(buildIdOf(root), COMMIT);
    write('workers/new.ts', 'untracked');
    assert.match(buildIdOf(root), CHANGED);
  });
});

describe('elsewhere', () => {
  it('is a digest of the code, the same wherever it lies', () => {
    const other = join(folder, 'elsewhere');
    cpSync(root, other, { recursive: true });
    writeFileSync(join(other, 'README.md'), 'other words');
    mkdirSync(join(other, 'native', 'faiss', 'build'), { recursive: true });
    writeFileSync(join(other, 'native', 'faiss', 'build', 'faiss.node'), 'built');
    mkdirSync(join(other, 'trainer', 'src', '__pycache__'));
    writeFileSync(join(other, 'trainer', 'src', '__pycache__', 'train.pyc'), 'compiled');
    assert.match(buildIdOf(root), SOURCE);
    assert.equal(buildIdOf(other), buildIdOf(root));
  });

  it('differs when a file is renamed, or bytes move from one to the next', () => {
    const before = buildIdOf(root);
    write('workers/cpu.ts', 'on');
    write('workers/gpu.ts', 'e');
    const split = buildIdOf(root);
    rmSync(join(root, 'workers', 'gpu.ts'));
    write('workers/new.ts', 'e');
    assert.equal(new Set([before, split, buildIdOf(root)]).size, 3);
  });
});

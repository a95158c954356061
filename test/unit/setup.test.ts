/** The parts of the set-up that decide: is this Node, this Python, this node_modules good enough? */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packagesComplaint } from '../../scripts/setup/debian.mjs';
import { STEPS } from '../../scripts/setup/steps.mjs';
import { acquireLock } from '../../scripts/setup/lock.mjs';
import { nodeComplaint } from '../../scripts/setup/node.mjs';
import { isInstalled } from '../../scripts/setup/npm.mjs';
import { findPython } from '../../scripts/setup/python-interpreter.mjs';

describe('Node', () => {
  test('20.19 and all that is newer will do', () => {
    for (const version of ['20.19.0', '20.20.2', '22.1.0', '100.0.0'])
      assert.equal(nodeComplaint(version, 'linux'), null);
  });

  test('an older one is told what to do', () => {
    for (const version of ['20.18.3', '18.20.0']) assert.match(nodeComplaint(version, 'linux') ?? '', /nvm install/);
  });

  test('other systems are told where veille runs', () => {
    assert.match(nodeComplaint('22.1.0', 'win32') ?? '', /WSL/);
    assert.match(nodeComplaint('22.1.0', 'darwin') ?? '', /Docker/);
  });
});

describe('Python', () => {
  const machine = (versions: Record<string, number[]>) => (command: string) => versions[command] ?? null;

  test('python3 is taken when it is new enough', () => {
    assert.equal(findPython(machine({ python3: [3, 12], 'python3.13': [3, 13] })), 'python3');
  });

  test('another is looked for when python3 is too old or too new', () => {
    assert.equal(findPython(machine({ python3: [3, 9], 'python3.11': [3, 11] })), 'python3.11');
    assert.equal(findPython(machine({ python3: [3, 99], 'python3.10': [3, 10] })), 'python3.10');
  });

  test('the one in VEILLE_PYTHON is taken or complained of, and no other', () => {
    const versionOf = machine({ python3: [3, 12], '/opt/python': [3, 9] });
    assert.throws(() => findPython(versionOf, '/opt/python'), /\/opt\/python is 3\.9/);
  });

  test('without one, the command that installs it is shown', () => {
    assert.throws(() => findPython(machine({})), /apt-get install python3/);
  });
});

describe('packages of the system', () => {
  const lacking = ['python3-pip', 'g++', 'libfaiss-dev'].map((apt) => ({ apt, isThere: () => false }));
  const there = { apt: 'python3', isThere: () => true };
  const user = { isRoot: false, hasApt: true };

  test('that any step lacks are named in one command, before anything is fetched', () => {
    const complaint = packagesComplaint([there, ...lacking], user) ?? '';
    assert.match(
      complaint,
      /^ {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends python3-pip g\+\+ libfaiss-dev$/m,
    );
    assert.equal(complaint.split('sudo apt-get install').length, 2);
  });

  test('are left to the steps where they can install their own, or there is no apt', () => {
    assert.equal(packagesComplaint(lacking, { ...user, isRoot: true }), null);
    assert.equal(packagesComplaint(lacking, { ...user, hasApt: false }), null);
    assert.equal(packagesComplaint([there], user), null);
  });

  test('of every step that needs some are asked for', () => {
    const asked = STEPS.flatMap(({ packages = [] }) => packages.map(({ apt }) => apt));
    assert.deepEqual(asked.sort(), ['g++', 'libfaiss-dev', 'libopenblas0-pthread', 'python3', 'python3-pip']);
  });
});

describe('node_modules', () => {
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };
  const everywhere = (): boolean => true;

  test('is complete without the optional packages of other platforms', () => {
    assert.equal(isInstalled(locked, { 'node_modules/a': { version: '1.0.0' } }, everywhere), true);
  });

  test('is not complete with another version, a missing package, or a missing folder', () => {
    assert.equal(isInstalled(locked, { 'node_modules/a': { version: '1.0.1' } }, everywhere), false);
    assert.equal(isInstalled(locked, {}, everywhere), false);
    assert.equal(
      isInstalled(locked, { 'node_modules/a': { version: '1.0.0' } }, () => false),
      false,
    );
  });
});

describe('two set-ups at once', () => {
  async function inFolder(work: (lock: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'veille-setup-'));
    try {
      await work(join(folder, 'lock'));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('run one after the other', () =>
    inFolder(async (lock) => {
      const order: string[] = [];
      const release = await acquireLock(lock);
      const second = acquireLock(lock).then((releaseSecond) => {
        order.push('second starts');
        releaseSecond();
      });
      order.push('first ends');
      release();
      await second;
      assert.deepEqual(order, ['first ends', 'second starts']);
      assert.equal(existsSync(lock), false);
    }));

  test('do not wait for one that was killed, even if its pid is in use again', () =>
    inFolder(async (lock) => {
      await writeFile(lock, `${process.ppid}\n`);
      const aMinuteAgo = new Date(Date.now() - 60_000);
      await utimes(lock, aMinuteAgo, aMinuteAgo);
      const release = await acquireLock(lock);
      assert.equal(await readFile(lock, 'utf8'), `${process.pid}\n`);
      release();
    }));
});

/** Logs of processes that print without end: none fills a disk, and none that can't be written ends a worker. */
import assert from 'node:assert/strict';
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BoundedLog, Tail } from '../../adapters/trainer/bounded-log.ts';
import { rotateLog } from '../../cli/stack/service.ts';

const PRINTED = `${'x'.repeat(90)}0123456789`;

const scratch = (): string => mkdtempSync(join(tmpdir(), 'veille-logs-'));

function written(log: BoundedLog, chunks: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const chunk of chunks) log.write(chunk);
    log.end(resolve);
  });
}

describe('the log of a trainer', () => {
  it('is all that was printed, where that is not too much', async () => {
    const path = join(scratch(), 'trainer.log');
    await written(new BoundedLog(path), ['one\n', 'two\n']);
    await written(new BoundedLog(path), ['three\n']);
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n');
  });

  it('keeps the beginning and the end of more, and says how much it leaves out', async () => {
    const path = join(scratch(), 'trainer.log');
    const lines = Array.from({ length: 10_000 }, (_, line) => `line ${line}\n`);
    await written(new BoundedLog(path, { beginning: 1_000, end: 500 }), lines);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.length < 1_700, String(text.length));
    assert.match(text, /^line 0\nline 1\n[^]*… about \d+ bytes were left out …[^]*line 9998\nline 9999\n$/);
  });

  it('loses nothing between the beginning and the end', async () => {
    const path = join(scratch(), 'trainer.log');
    const text = 'abcdefghij'.repeat(12);
    await written(new BoundedLog(path, { beginning: 100, end: 50 }), [text]);
    assert.equal(readFileSync(path, 'utf8'), text);
  });

  it('that can’t be written fails nobody', async () => {
    await written(new BoundedLog(join(scratch(), 'no', 'such', 'folder')), ['lost']);
    await written(new BoundedLog('/dev/full'), ['lost']);
  });
});

describe('the newest bytes', () => {
  it('are as many as asked for, of one chunk or of many', () => {
    for (const chunks of [[PRINTED], Array.from(PRINTED)]) {
      const tail = new Tail(10);
      for (const chunk of chunks) tail.add(Buffer.from(chunk));
      assert.equal(tail.bytes().toString(), '0123456789');
    }
  });
});

describe('the log of a service', () => {
  it('begins anew once it is too large, beside its earlier content, while the process keeps writing', () => {
    const path = join(scratch(), 'cpu.log');
    const fd = openSync(path, 'a');
    writeSync(fd, 'x'.repeat(100));
    rotateLog(path, 100);
    assert.equal(statSync(path).size, 100);
    appendFileSync(path, 'y');
    rotateLog(path, 100);
    writeSync(fd, 'new\n');
    closeSync(fd);
    assert.equal(readFileSync(path, 'utf8'), 'new\n');
    assert.equal(readFileSync(`${path}.1`, 'utf8'), `${'x'.repeat(100)}y`);
    rotateLog(join(scratch(), 'none.log'));
  });
});

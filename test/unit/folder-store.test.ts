/** A folder as a store that is only read, and the view through which a bucket is. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { FolderStore } from '../../adapters/object-store/folder-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { readOnly, ReadOnlyStoreError } from '../../adapters/object-store/read-only-store.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

const FILES = { 'runs/a/1/record.json': '{}', 'runs/ab/2/record.json': '{"a":1}', 'steps/split/x.json': 'step' };

let root: string;
let store: ObjectStore;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'veille-folder-'));
  await writeFile(join(root, 'secret'), 'outside');
  for (const [key, body] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, 'bucket', key)), { recursive: true });
    await writeFile(join(root, 'bucket', key), body);
  }
  store = new FolderStore(join(root, 'bucket'));
});
after(() => rm(root, { recursive: true }));

async function keysUnder(of: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of of.list(prefix)) keys.push(key);
  return keys;
}

async function assertWritesRefused(of: ObjectStore, key: string): Promise<void> {
  await assert.rejects(of.putIfAbsent('new', Buffer.from('x')), ReadOnlyStoreError);
  const etag = (await of.head(key))?.etag ?? '';
  await assert.rejects(of.putIfMatch(key, Buffer.from('x'), etag), ReadOnlyStoreError);
}

describe('FolderStore', () => {
  it('lists what begins with the prefix, in the order of keys', async () => {
    assert.deepEqual(await keysUnder(store, ''), Object.keys(FILES));
    assert.deepEqual(await keysUnder(store, 'runs/a'), ['runs/a/1/record.json', 'runs/ab/2/record.json']);
    assert.deepEqual(await keysUnder(store, 'runs/a/'), ['runs/a/1/record.json']);
    assert.deepEqual(await keysUnder(store, 'models/'), []);
  });

  it('reads whole objects, ranges and streams', async () => {
    const key = 'runs/ab/2/record.json';
    assert.equal(Buffer.from((await store.get(key))?.body ?? []).toString(), '{"a":1}');
    assert.equal(Buffer.from((await store.getRange(key, 1, 4)) ?? []).toString(), '"a"');
    const stream = await store.getStream(key);
    assert.ok(stream);
    assert.equal(await text(stream), '{"a":1}');
    assert.equal((await store.head(key))?.bytes, 7);
  });

  it('throws where a range ends beyond the object', async () => {
    await assert.rejects(store.getRange('steps/split/x.json', 2, 9), RangeError);
  });

  it('has no object where there is no file, or a folder', async () => {
    for (const key of ['runs/a', 'runs/a/1/record.json/x', 'nothing', 'x'.repeat(5_000)]) {
      assert.deepEqual([await store.head(key), await store.get(key), await store.getStream(key)], [null, null, null]);
      assert.equal(await store.getRange(key, 0, 1), null);
    }
  });

  it('leads nowhere outside the folder, whatever a key says', async () => {
    for (const key of ['../secret', 'runs/../../secret', join(root, 'secret'), 'runs/\0'])
      assert.equal(await store.get(key), null, key);
    assert.deepEqual(await keysUnder(store, '../'), []);
  });

  it('shows nothing that a link names, nor what is below one, and says where links are', async () => {
    const copy = join(root, 'with-links');
    await mkdir(join(copy, 'runs'), { recursive: true });
    await writeFile(join(copy, 'runs', 'plain'), 'plain');
    await symlink(join(root, 'secret'), join(copy, 'runs', 'file'));
    await symlink(root, join(copy, 'runs', 'folder'));
    const linked = new FolderStore(copy);
    for (const key of ['runs/file', 'runs/folder/secret'])
      assert.deepEqual(
        [await linked.head(key), await linked.get(key), await linked.getStream(key)],
        [null, null, null],
      );
    for (const prefix of ['', 'runs/', 'runs/folder/']) {
      const keys = await keysUnder(linked, prefix);
      assert.deepEqual(keys, 'runs/plain'.startsWith(prefix) ? ['runs/plain'] : []);
    }
    assert.deepEqual(await linked.foreignEntries(), ['runs/file', 'runs/folder']);
    assert.deepEqual(await new FolderStore(join(root, 'bucket')).foreignEntries(), []);
  });

  it('refuses to write and to delete', async () => {
    await assertWritesRefused(store, 'steps/split/x.json');
    await assert.rejects(store.delete(['steps/split/x.json']), ReadOnlyStoreError);
  });
});

describe('readOnly', () => {
  it('lets reads through, refuses writes, and hides what is deleted without deleting it', async () => {
    const bucket = new MemoryObjectStore();
    await bucket.putIfAbsent('a', Buffer.from('one'));
    await bucket.putIfAbsent('b', Buffer.from('two'));
    const view = readOnly(bucket);
    await assertWritesRefused(view, 'a');
    await view.delete(['a']);
    assert.deepEqual(await keysUnder(view, ''), ['b']);
    assert.deepEqual([await view.head('a'), await view.get('a'), await view.getStream('a')], [null, null, null]);
    assert.deepEqual(bucket.keys(), ['a', 'b']);
    assert.equal(Buffer.from((await view.get('b'))?.body ?? []).toString(), 'two');
  });
});

/** Archives of objects: the same bytes for the same objects, whole or not at all, and none that leads out of its folder. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type PackedObject, packObjects } from '../../adapters/archive/pack-objects.ts';
import { ArchiveError, unpackArchive } from '../../adapters/archive/unpack-archive.ts';
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { filesBelow } from '../../adapters/artifacts/local-files.ts';
import { relativePathFault } from '../../contracts/relative-path.ts';
import { sha256 } from '../../core/canonical.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';

/** A key as long as those of segments, one as long as a workflow ID makes it, and one that is no ASCII. */
const BODIES: Readonly<Record<string, string>> = {
  [`embeddings/${'a'.repeat(64)}/${'b'.repeat(64)}.safetensors`]: 'segment',
  [`runs/${'w'.repeat(180)}/1/record.json`]: '{}',
  'runs/été/1/README.md': 'empty next',
  'steps/split/x.json': '',
};
/** Bytes of a tar block. */
const BLOCK = 512;

const signal = new AbortController().signal;

let folder: string;
let store: MemoryObjectStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veille-archive-'));
  store = new MemoryObjectStore();
  for (const [key, body] of Object.entries(BODIES)) await store.putIfAbsent(key, Buffer.from(body));
});
after(() => rm(folder, { recursive: true }));

function objects(): PackedObject[] {
  return store.keys().map((key) => {
    const body = Buffer.from(BODIES[key] ?? '');
    return { key, bytes: body.length, sha256: sha256(body) };
  });
}

async function packed(name: string, what = objects()): Promise<string> {
  const path = join(folder, name);
  await packObjects(store, what, path, { onBytes: () => {}, signal });
  return path;
}

async function unpacked(path: string): Promise<string> {
  const target = `${path}.unpacked`;
  await unpackArchive(path, target, signal);
  return target;
}

describe('packObjects', () => {
  it('gives the same bytes for the same objects, and unpacking gives the objects', async () => {
    const path = await packed('one.tar');
    assert.deepEqual(await readFile(path), await readFile(await packed('other.tar')));
    const target = await unpacked(path);
    assert.deepEqual(await filesBelow(target), store.keys());
    for (const [key, body] of Object.entries(BODIES)) assert.equal(await readFile(join(target, key), 'utf8'), body);
  });

  it('writes nothing where an object is missing, shorter or has other bytes', async () => {
    const [first, ...rest] = objects();
    assert.ok(first);
    const wrong = [
      { ...first, key: 'artifacts/none' },
      { ...first, bytes: first.bytes + 1 },
      { ...first, sha256: 'ab'.repeat(32) },
    ];
    for (const one of wrong) {
      await assert.rejects(packed('lost.tar', [...rest, one]), (error: unknown) => {
        assert.ok(error instanceof ArtifactLostError);
        assert.equal(error.ref.key, one.key);
        return true;
      });
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('lost')),
        [],
      );
    }
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const options = { onBytes: () => controller.abort(new Error('enough')), signal: controller.signal };
    await assert.rejects(packObjects(store, objects(), join(folder, 'stopped.tar'), options));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('stopped')),
      [],
    );
  });
});

/** A tar header by hand, with fields that no library would write. */
function headerOf(
  name: string,
  { type = '0', size = '0'.repeat(11) }: { type?: string; size?: string | Buffer } = {},
): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644', 100);
  if (typeof size === 'string') block.write(size, 124);
  else size.copy(block, 124);
  block.write(type, 156);
  block.write('ustar\x0000', 257, 'latin1');
  return withChecksum(block);
}

function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(text: string): Buffer {
  return Buffer.concat([Buffer.from(text)], Math.ceil(Buffer.byteLength(text) / BLOCK) * BLOCK);
}

const fileNamed = (name: string): Buffer[] => [headerOf(name, { size: '00000000004' }), padded('evil')];
const octal = (bytes: number): string => bytes.toString(8).padStart(11, '0');
const binary = (...tail: number[]): Buffer => Buffer.from([0x80, ...Array<number>(11 - tail.length).fill(0), ...tail]);

/** Each with what its refusal says. */
const HOSTILE: Readonly<Record<string, readonly [readonly Buffer[], RegExp]>> = {
  'leads out of the folder': [fileNamed('../evil'), /"\.\.\/evil" has a path that has a part "\.\."/],
  'leads out on a detour': [fileNamed('runs/../../evil'), /has a part "\.\."/],
  'is absolute': [fileNamed('/evil'), /is absolute/],
  'leads out on Windows': [fileNamed('..\\evil'), /has a backslash/],
  'has the name of a device': [fileNamed('runs/NUL.txt'), /Windows device/],
  'is a symbolic link': [[headerOf('link', { type: '2' })], /"link" is no plain file but symlink/],
  'is a hard link': [[headerOf('link', { type: '1' })], /no plain file but link/],
  'is a character device': [[headerOf('null', { type: '3' })], /no plain file but character-device/],
  'is a block device': [[headerOf('disk', { type: '4' })], /no plain file but block-device/],
  'is a pipe': [[headerOf('pipe', { type: '6' })], /no plain file but fifo/],
  'is a folder': [[headerOf('folder/', { type: '5' })], /no plain file but directory/],
  'is a sparse file': [[headerOf('sparse', { type: 'S' })], /of a kind that is unknown/],
  'is there twice': [[...fileNamed('a'), ...fileNamed('a')], /"a" is there twice/],
  'differs from another in case alone': [
    [...fileNamed('a/b'), ...fileNamed('A/B')],
    /"A\/B" can't be a file beside "a\/b"/,
  ],
  'is a folder of another': [[...fileNamed('a'), ...fileNamed('a/b')], /can't be a file beside "a"/],
  'declares 8 TiB': [
    [headerOf('big', { size: binary(8, 0, 0, 0, 0, 0) })],
    /8796093022208 bytes, and an object has at most/,
  ],
  'declares 4 GiB': [[headerOf('big', { size: octal(4 * 2 ** 30) })], /4294967296 bytes, and 0 are left/],
  'declares a block too many': [
    [headerOf('big', { size: octal(3 * BLOCK) }), padded('evil')],
    /1536 bytes, and 512 are left/,
  ],
  'declares less than nothing': [[headerOf('less', { size: Buffer.alloc(12, 0xff).fill(0, 11) })], /Invalid header/],
  'declares a size in no encoding': [[headerOf('odd', { size: Buffer.alloc(12, 0xee) })], /says no valid size/],
  'declares no number': [[headerOf('none', { size: 'many' })], /Invalid header/],
  'has a header of 4 GiB': [[headerOf('long', { type: 'L', size: octal(4 * 2 ** 30) })], /Header exceeds max size/],
  'takes a path from an extended header': [
    [headerOf('pax', { type: 'x', size: octal(17) }), padded('17 path=../evil3\n'), ...fileNamed('plain')],
    /"\.\.\/evil3" has a path/,
  ],
  'takes a size from an extended header': [
    [headerOf('pax', { type: 'x', size: octal(22) }), padded('22 size=8796093022208\n'), ...fileNamed('plain')],
    /8796093022208 bytes/,
  ],
};

describe('unpackArchive', () => {
  async function archiveOf(...blocks: readonly Buffer[]): Promise<string> {
    const path = join(folder, `${randomUUID()}.tar`);
    await writeFile(path, Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
    return path;
  }

  async function assertNothingLeft(path: string): Promise<void> {
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith(basename(path))),
      [basename(path)],
    );
    for (const name of ['evil', 'evil3']) assert.ok(!(await readdir(folder)).includes(name));
  }

  for (const [what, [blocks, message]] of Object.entries(HOSTILE))
    it(`refuses an archive with an entry that ${what}, and leaves nothing behind`, async () => {
      const path = await archiveOf(...fileNamed('before'), ...blocks);
      await assert.rejects(unpacked(path), (error: unknown) => {
        assert.ok(error instanceof ArchiveError);
        assert.match(error.message, message);
        return true;
      });
      await assertNothingLeft(path);
    });

  it('refuses an archive that was cut off anywhere, or is none', async () => {
    const path = await packed('torn.tar');
    const { size } = await stat(path);
    for (const bytes of [0, 1, 511, 512, 700, size - 2 * BLOCK, size - BLOCK, size - 1]) {
      const torn = join(folder, `torn-${bytes}.tar`);
      await copyFile(path, torn);
      await truncate(torn, bytes);
      await assert.rejects(unpacked(torn), ArchiveError, `${bytes} bytes`);
      await assertNothingLeft(torn);
    }
    const other = join(folder, 'other.txt');
    await writeFile(other, 'no archive '.repeat(100));
    await assert.rejects(unpacked(other), ArchiveError);
  });

  it('ends, and leaves nothing outside or behind, whatever bytes of an archive were changed', async () => {
    const whole = await readFile(await packed('whole.tar'));
    const headers = [0, ...fileOffsets(whole)];
    const change = fc.record({
      header: fc.constantFrom(...headers),
      at: fc.nat(BLOCK - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
      checksum: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const { header, at, bytes: written, checksum } of changes) {
          Buffer.from(written).copy(bytes, header + at);
          if (checksum) withChecksum(bytes.subarray(header, header + BLOCK));
        }
        const path = join(folder, `${randomUUID()}.tar`);
        await writeFile(path, bytes);
        const target = await unpacked(path).catch((error: unknown) => {
          assert.ok(error instanceof ArchiveError, String(error));
          return null;
        });
        if (target === null) await assertNothingLeft(path);
        else for (const name of await filesBelow(target)) assert.equal(relativePathFault(name), null);
        await rm(path);
        if (target !== null) await rm(target, { recursive: true });
      }),
      { numRuns: 100 },
    );
  });
});

/** Of the headers behind the first one, in an archive whose files are shorter than a block. */
function fileOffsets(archive: Buffer): number[] {
  const found: number[] = [];
  for (let at = BLOCK; at < archive.length; at += BLOCK)
    if (archive.toString('latin1', at + 257, at + 262) === 'ustar') found.push(at);
  return found;
}

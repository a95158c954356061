import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { KeyTable } from '../../core/key-table.ts';
import { cutSegments, segmentId } from '../../core/segments.ts';
import { keyAt, keyCount, packTextKeys } from '../../core/text-key.ts';

const limits = { segmentTexts: 10, segmentBytes: 400 };

/** Distinct texts of 3 to 62 bytes. */
const TEXTS = Array.from({ length: 200 }, (_, index) => `${index}`.padEnd(3 + ((index * 7) % 60), 'é').slice(0, 40));

describe('packTextKeys', () => {
  test('gives the SHA-256 of the UTF-8 bytes', () => {
    const keys = packTextKeys(['congés payés', 'a']);
    assert.equal(keyCount(keys), 2);
    const expected = createHash('sha256').update(Buffer.from('congés payés', 'utf8')).digest();
    assert.deepEqual(Buffer.from(keyAt(keys, 0)), expected);
  });

  test('refuses bytes that are not whole keys', () => {
    assert.throws(() => keyCount(new Uint8Array(33)), RangeError);
  });
});

describe('KeyTable', () => {
  test('finds every key at its first position and no other', () => {
    const keys = packTextKeys([...TEXTS, ...TEXTS]);
    const table = new KeyTable(keys);
    for (const index of TEXTS.keys()) {
      assert.equal(table.find(keys, index), index);
      assert.equal(table.find(keys, TEXTS.length + index), index);
    }
    assert.equal(table.find(packTextKeys(['elsewhere']), 0), -1);
  });

  test('tells keys apart that begin alike', () => {
    const keys = new Uint8Array(3 * 32).fill(7);
    keys[63] = 8;
    keys[95] = 9;
    const table = new KeyTable(keys.subarray(0, 64));
    assert.deepEqual(
      [0, 1, 2].map((index) => table.find(keys, index)),
      [0, 1, -1],
    );
  });

  test('of no keys finds nothing', () => {
    assert.equal(new KeyTable(new Uint8Array()).find(packTextKeys(['a']), 0), -1);
  });
});

describe('cutSegments', () => {
  const bytesIn = (texts: readonly string[]): number => Buffer.byteLength(texts.join(''));

  test('puts every text in one segment', () => {
    const texts = cutSegments(TEXTS, limits).flatMap((segment) => segment.texts);
    assert.deepEqual(texts.sort(), TEXTS.toSorted());
  });

  test('keeps to both limits, and fills segments up to one of them', () => {
    const segments = cutSegments(TEXTS, limits);
    for (const [position, { texts }] of segments.entries()) {
      assert.ok(texts.length <= 10 && bytesIn(texts) <= 400);
      const next = segments[position + 1]?.texts[0];
      if (next !== undefined) assert.ok(texts.length === 10 || bytesIn([...texts, next]) > 400);
    }
  });

  test('names a segment by the SHA-256 of its keys', () => {
    for (const { id, texts } of cutSegments(TEXTS, limits)) assert.equal(id, segmentId(packTextKeys(texts)));
  });

  test('cuts the same segments whatever the order and the repetitions', () => {
    const segments = cutSegments(TEXTS, limits);
    assert.deepEqual(cutSegments(TEXTS.toReversed(), limits), segments);
    assert.deepEqual(cutSegments([...TEXTS, ...TEXTS.slice(50)], limits), segments);
  });

  test('takes texts from short to long', () => {
    const lengths = cutSegments(TEXTS, limits).flatMap(({ texts }) => texts.map((text) => Buffer.byteLength(text)));
    assert.deepEqual(
      lengths,
      lengths.toSorted((a, b) => a - b),
    );
  });

  test('gives a text longer than a segment a segment of its own', () => {
    const segments = cutSegments(['x'.repeat(500), 'y'.repeat(900), 'z'], limits);
    assert.deepEqual(
      segments.map(({ texts }) => texts),
      [['z'], ['x'.repeat(500)], ['y'.repeat(900)]],
    );
  });

  test('cuts nothing out of nothing', () => {
    assert.deepEqual(cutSegments([], limits), []);
  });
});

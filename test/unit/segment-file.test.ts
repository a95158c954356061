import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { execa } from 'execa';
import { encodeHeader, parseHeader, SafetensorsError } from '../../core/safetensors.ts';
import { encodeSegment, keysEnd, readKeys, readSegment, rowsInBytes, SegmentError } from '../../core/segment-file.ts';
import { segmentId } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { program } from '../fixtures/paths.ts';

const kind = { encoder: 'e'.repeat(64), dimensions: 5 };
const keys = packTextKeys(['un', 'deux', 'trois']);
const embeddings = Float32Array.from({ length: 15 }, (_, index) => Math.fround(Math.sin(index)));
const id = segmentId(keys);
const file = encodeSegment({ keys, embeddings }, kind);

function headed(json: string, length = json.length): Uint8Array {
  const bytes = new Uint8Array(8 + json.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(new TextEncoder().encode(json), 8);
  return bytes;
}

function changed(byte: number): Uint8Array {
  const copy = file.slice();
  copy.set([copy[byte]! ^ 1], byte);
  return copy;
}

describe('a segment file', () => {
  test('comes back as it was, from its beginning and as a whole', () => {
    assert.equal(rowsInBytes(file.length, kind), 3);
    assert.deepEqual(readKeys(id, file.subarray(0, keysEnd(3)), 3, kind), keys);
    assert.deepEqual(readSegment(id, file, kind), { keys, embeddings });
  });

  test('has the same bytes each time', () => {
    assert.deepEqual(encodeSegment({ keys: keys.slice(), embeddings: embeddings.slice() }, kind), file);
  });

  test('is read by the safetensors library', async () => {
    const code =
      'import sys, json; from safetensors.numpy import load; t = load(sys.stdin.buffer.read());' +
      'print(json.dumps({k: [str(v.dtype), v.tolist()] for k, v in t.items()}))';
    const { stdout } = await execa(program('python'), ['-c', code], { input: file });
    const rows = (values: Iterable<number>, width: number): number[][] =>
      Array.from({ length: 3 }, (_, row) => [...values].slice(row * width, (row + 1) * width));
    assert.deepEqual(JSON.parse(stdout), {
      keys: ['uint8', rows(keys, 32)],
      embeddings: ['float32', rows(embeddings, 5)],
    });
  });

  test('is refused with a bit flipped anywhere', () => {
    for (let byte = 0; byte < file.length; byte++)
      assert.throws(() => readSegment(id, changed(byte), kind), SegmentError, `byte ${byte}`);
  });

  test('gives no keys with a bit flipped before their end', () => {
    // The digest of the data is in the header too; only a whole read can tell that it is wrong.
    const digest = Buffer.from(file).indexOf('"sha256":"') + 10;
    for (let byte = 0; byte < keysEnd(3); byte++)
      if (byte < digest || byte >= digest + 64)
        assert.throws(() => readKeys(id, changed(byte), 3, kind), SegmentError, `byte ${byte}`);
  });

  test('is refused when cut off anywhere', () => {
    for (let end = 0; end < file.length; end++)
      assert.throws(() => readSegment(id, file.subarray(0, end), kind), SegmentError, `${end} bytes`);
  });

  test('is refused under another id, encoder or width', () => {
    assert.throws(() => readSegment('0'.repeat(64), file, kind), /do not hash to the segment id/);
    assert.throws(() => readSegment(id, file, { ...kind, encoder: 'f'.repeat(64) }), /the header is not that of/);
    assert.throws(() => readSegment(id, file, { ...kind, dimensions: 4 }), SegmentError);
  });

  test('is not made of rows that do not fit', () => {
    assert.throws(() => encodeSegment({ keys, embeddings: embeddings.subarray(1) }, kind), RangeError);
    assert.throws(() => encodeSegment({ keys: keys.subarray(0, 0), embeddings: new Float32Array() }, kind), RangeError);
  });
});

describe('a safetensors header', () => {
  const tensor = { name: 'x', dtype: 'F32', shape: [2, 3] } as const;

  test('comes back as it was', () => {
    const header = parseHeader(encodeHeader({ made: 'here' }, [tensor, { ...tensor, name: 'y', dtype: 'U8' }], 256));
    assert.equal(header.bytes, 256);
    assert.deepEqual(header.metadata, { made: 'here' });
    assert.deepEqual(header.tensors.get('y'), { dtype: 'U8', shape: [2, 3], offsets: [24, 30] });
  });

  test('is not squeezed into too few bytes', () => {
    assert.throws(() => encodeHeader({}, [tensor], 64), RangeError);
  });

  for (const [what, bytes, message] of [
    ['no length', new Uint8Array(7), /too few/],
    ['less than it says', headed('{}', 3), /2 bytes|10 are there/],
    ['a length beyond all files', headed('{}', 2 ** 52), /are there/],
    ['no JSON', headed('{"x"'), /not JSON/],
    ['no object', headed('[]'), /no JSON object/],
    ['metadata other than strings', headed('{"__metadata__":{"n":1}}'), /map of strings/],
    ['a tensor that is none', headed('{"x":3}'), /tensor x/],
    ['an unknown type', headed('{"x":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}'), /dtype F8/],
    ['a negative size', headed('{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}'), /no shape/],
    ['no offsets', headed('{"x":{"dtype":"U8","shape":[1]}}'), /no data_offsets/],
    ['offsets that do not fit the shape', headed('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'), /4 bytes/],
  ] as const)
    test(`with ${what} is refused`, () => {
      assert.throws(
        () => parseHeader(bytes),
        (error) => error instanceof SafetensorsError && message.test(error.message),
      );
    });
});

/** The bytes of a cache segment: a safetensors file of `keys` U8 [n, 32], then `embeddings` F32 [n, dimensions]. */
import { createHash } from 'node:crypto';
import { encodeHeader, parseHeader, SafetensorsError } from './safetensors.ts';
import { segmentId } from './segments.ts';
import { KEY_BYTES, keyCount } from './text-key.ts';

const FORMAT = 'veille-embeddings';
const VERSION = '1';

/** The header is as long in every segment, so that an object's size tells its row count and where its keys end. */
const HEADER_BYTES = 512;

/** What every segment of one cache has in common. */
export interface SegmentKind {
  /** Hex digest of the encoder. */
  readonly encoder: string;
  readonly dimensions: number;
}

export interface SegmentRows {
  /** uint8 [n, 32] */
  readonly keys: Uint8Array;
  /** float32 [n, dimensions], row-major. */
  readonly embeddings: Float32Array;
}

/** Bytes that are not the segment that they should be. The message says why. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

/**
 * Rows of a segment of so many bytes.
 *
 * @throws SegmentError when no row count gives that size.
 */
export function rowsInBytes(bytes: number, { dimensions }: SegmentKind): number {
  const rows = (bytes - HEADER_BYTES) / rowBytes(dimensions);
  if (!Number.isInteger(rows) || rows < 1) throw new SegmentError(`${bytes} bytes hold no whole number of rows`);
  return rows;
}

/** One past the last byte of the keys, from the file's beginning. */
export function keysEnd(rows: number): number {
  return HEADER_BYTES + rows * KEY_BYTES;
}

/**
 * @throws RangeError when keys and embeddings have not as many rows, or none.
 */
export function encodeSegment({ keys, embeddings }: SegmentRows, kind: SegmentKind): Uint8Array<ArrayBuffer> {
  const rows = keyCount(keys);
  if (rows === 0 || embeddings.length !== rows * kind.dimensions)
    throw new RangeError(`${embeddings.length} values are not ${rows} rows of ${kind.dimensions} dimensions`);
  const file = new Uint8Array(HEADER_BYTES + rows * rowBytes(kind.dimensions));
  file.set(keys, HEADER_BYTES);
  file.set(new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.byteLength), keysEnd(rows));
  const sha256 = createHash('sha256').update(file.subarray(HEADER_BYTES)).digest('hex');
  file.set(headerOf(rows, kind, sha256));
  return file;
}

/**
 * Keys from the beginning of a segment, proved by its id.
 *
 * @param start the file's bytes up to `keysEnd`.
 * @throws SegmentError
 */
export function readKeys(id: string, start: Uint8Array, rows: number, kind: SegmentKind): Uint8Array {
  checkHeader(start, rows, kind);
  const keys = start.subarray(HEADER_BYTES, keysEnd(rows));
  if (segmentId(keys) !== id) throw new SegmentError('the keys do not hash to the segment id');
  return keys;
}

/**
 * A whole segment, proved by its id and by the digest in its header.
 *
 * @throws SegmentError
 */
export function readSegment(id: string, file: Uint8Array, kind: SegmentKind): SegmentRows {
  const rows = rowsInBytes(file.length, kind);
  const sha256 = checkHeader(file, rows, kind);
  const keys = readKeys(id, file, rows, kind);
  const data = file.subarray(HEADER_BYTES);
  if (createHash('sha256').update(data).digest('hex') !== sha256)
    throw new SegmentError('the data do not hash to the digest in the header');
  // A copy (a Buffer's own `slice` makes none), since a view on float32 must start at a multiple of four bytes.
  return { keys, embeddings: new Float32Array(new Uint8Array(file.subarray(keysEnd(rows))).buffer) };
}

function rowBytes(dimensions: number): number {
  return KEY_BYTES + 4 * dimensions;
}

function headerOf(rows: number, { encoder, dimensions }: SegmentKind, sha256: string): Uint8Array {
  return encodeHeader(
    { format: FORMAT, version: VERSION, encoder, sha256 },
    [
      { name: 'keys', dtype: 'U8', shape: [rows, KEY_BYTES] },
      { name: 'embeddings', dtype: 'F32', shape: [rows, dimensions] },
    ],
    HEADER_BYTES,
  );
}

/** The header is fixed but for the digest, which is returned. */
function checkHeader(start: Uint8Array, rows: number, kind: SegmentKind): string {
  let sha256: string | undefined;
  try {
    sha256 = parseHeader(start).metadata['sha256'];
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    throw new SegmentError(cause.message, { cause });
  }
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) throw new SegmentError('the header has no digest');
  if (Buffer.compare(start.subarray(0, HEADER_BYTES), headerOf(rows, kind, sha256)) !== 0)
    throw new SegmentError(
      `the header is not that of ${rows} rows of ${kind.dimensions} dimensions by ${kind.encoder}`,
    );
  return sha256;
}

/** What is uploaded: a source that can be sent again from its beginning, with its size and digest. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { sha256 } from '../../core/canonical.ts';
import type { ObjectBody } from './object-store.ts';
import { refuseTooLarge } from './too-large.ts';

/** Bytes handed to the connection at a time: that they are taken shows that it moves. */
const CHUNK = 1 << 16;
/** Bytes of a file read at a time to hash it. */
const HASH_CHUNK = 1 << 20;

/** The file has other bytes than when its upload began. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';

  constructor(file: string) {
    super(`${file} changed while it was stored`);
  }
}

export interface Upload {
  readonly bytes: number;
  /** Hex SHA-256. */
  readonly digest: string;
  /** The bytes from their beginning; `onMove` is called with the bytes left whenever some are taken. */
  stream(onMove: (left: number) => void): Readable;
  /** @throws FileChangedError when the bytes are no longer those of the digest */
  verify(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file is opened once: one that is removed meanwhile is sent all the same.
 *
 * @throws ObjectTooLargeError
 */
export async function openUpload(key: string, body: ObjectBody): Promise<Upload> {
  return 'file' in body ? openFile(key, body.file) : inMemory(key, body);
}

function inMemory(key: string, body: Uint8Array): Upload {
  refuseTooLarge(key, body.length);
  const read = async (start: number, end: number): Promise<Uint8Array> => body.subarray(start, end);
  return {
    bytes: body.length,
    digest: sha256(body),
    stream: (onMove) => streamOf(body.length, read, onMove),
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function openFile(key: string, path: string): Promise<Upload> {
  const file = await open(path);
  try {
    const { size: bytes } = await file.stat();
    refuseTooLarge(key, bytes);
    const digest = await hashOf(file, bytes, path);
    const read = (start: number, end: number): Promise<Uint8Array> => readAll(file, start, end, path);
    return {
      bytes,
      digest,
      stream: (onMove) => streamOf(bytes, read, onMove),
      async verify() {
        if ((await hashOf(file, bytes, path)) !== digest) throw new FileChangedError(path);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function streamOf(
  bytes: number,
  read: (start: number, end: number) => Promise<Uint8Array>,
  onMove: (left: number) => void,
): Readable {
  async function* chunks(): AsyncIterable<Uint8Array> {
    for (let start = 0; start < bytes; start += CHUNK) {
      const end = Math.min(start + CHUNK, bytes);
      onMove(bytes - end);
      yield await read(start, end);
    }
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK });
}

async function hashOf(file: FileHandle, bytes: number, path: string): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes; start += HASH_CHUNK)
    hash.update(await readAll(file, start, Math.min(start + HASH_CHUNK, bytes), path));
  return hash.digest('hex');
}

async function readAll(file: FileHandle, start: number, end: number, path: string): Promise<Uint8Array> {
  const chunk = new Uint8Array(end - start);
  for (let filled = 0; filled < chunk.length;) {
    const { bytesRead } = await file.read(chunk, filled, chunk.length - filled, start + filled);
    if (bytesRead === 0) throw new FileChangedError(path);
    filled += bytesRead;
  }
  return chunk;
}

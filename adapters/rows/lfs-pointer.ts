/** The few lines that a clone without git-lfs has in the place of a large file. */
import { open } from 'node:fs/promises';
import { RowsError } from './rows-error.ts';

const POINTER = 'version https://git-lfs.github.com/spec/';

/** @throws RowsError `unreadable` where the file is a pointer */
export async function refusePointer(path: string, name: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(POINTER.length), 0, POINTER.length, 0);
    if (buffer.toString('latin1', 0, bytesRead) !== POINTER) return;
  } finally {
    await file.close();
  }
  throw new RowsError(
    'unreadable',
    `${name} is a Git LFS pointer, not the file itself: run git lfs pull in its repository`,
  );
}

/** The few lines that a clone without git-lfs has in the place of a large file. */
import { open } from 'node:fs/promises';
import { RowsError } from './rows-error.ts';

/** Its first characters. */
export const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** @throws RowsError `unreadable` where the file is a pointer */
export async function refusePointer(path: string, name: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LFS_POINTER.length), 0, LFS_POINTER.length, 0);
    if (buffer.toString('latin1', 0, bytesRead) !== LFS_POINTER) return;
  } finally {
    await file.close();
  }
  throw new RowsError(
    'unreadable',
    `${name} is a Git LFS pointer, not the file itself: run git lfs pull in its repository`,
  );
}

/** Questions about a local folder. */
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Paths of all files below `folder`, relative to it, with forward slashes, sorted; a link to a file counts as one. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const isFile = entry.isSymbolicLink() ? (await stat(path)).isFile() : entry.isFile();
    if (isFile) paths.push(relative(folder, path).split(sep).join('/'));
  }
  return paths.sort();
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Questions about a local folder. */
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * Paths of all files below `folder`, relative to it, with forward slashes, sorted. A link to a folder is not followed.
 * (`readdir` with `recursive` follows it in some versions of Node, and not in others.)
 *
 * @param options.links whether a link to a file counts as one. @default true
 */
export async function filesBelow(folder: string, { links = true } = {}): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      const isFile = entry.isSymbolicLink() ? links && (await stat(join(folder, path))).isFile() : entry.isFile();
      if (isFile) paths.push(path.split(sep).join('/'));
      if (entry.isDirectory()) await walk(path);
    }
  };
  await walk('');
  return paths.sort();
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

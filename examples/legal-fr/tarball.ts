/** Reads JSON files out of a package's tarball as a stream: nothing is unpacked, one file is in memory at a time. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';

export interface TarballFile {
  /** Path inside the package, without npm's `package/` in front. */
  readonly path: string;
  /** The parsed file. Its shape is the package's, which is pinned by digest: callers may assert it. */
  readonly json: unknown;
}

/**
 * Yields the JSON files whose path `wanted` matches, in the tarball's order.
 *
 * @throws Error if the tarball is missing, cut off or not a gzipped tar, or a wanted file is not JSON
 */
export async function* readTarball(tarball: string, wanted: RegExp): AsyncGenerator<TarballFile> {
  const entries = tar.extract();
  // An error anywhere in the pipeline destroys `entries`, so the loop below throws it.
  pipeline(createReadStream(tarball), createGunzip(), entries, () => undefined);
  for await (const entry of entries) {
    const path = entry.header.name.replace(/^package\//, '');
    if (wanted.test(path)) {
      yield { path, json: JSON.parse(await text(entry)) };
    } else {
      entry.resume();
    }
  }
}

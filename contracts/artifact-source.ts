/**
 * Objects of the bucket as sources, by what they hash to: `artifact:SHA256/NAME` is a file, and `artifact:SHA256/NAME/` a
 * folder, whose object lists the files. `veille run --data FILE` puts what lies beside the person who types into the
 * bucket, and writes such a source into the input.
 *
 * Free of zod and of Node, since workflow code imports the values.
 */
import { printable } from './quote.ts';

const SCHEME = 'artifact:';
const LONGEST_NAME = 200;

export interface ArtifactSource {
  /** Of the file's bytes, or of the list of a folder's files. */
  readonly sha256: string;
  /** Of file or folder, as it was called where it lay. A file's tells its format. */
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

export function isArtifactSource(source: string): boolean {
  return source.startsWith(SCHEME);
}

/** @returns null where it is no such source */
export function parseArtifactSource(source: string): ArtifactSource | null {
  const [, sha256, name, slash] = /^artifact:([0-9a-f]{64})\/([^/\\]+)(\/?)$/.exec(source) ?? [];
  if (sha256 === undefined || name === undefined || name !== printable(name)) return null;
  if (name === '.' || name === '..' || name.length > LONGEST_NAME) return null;
  return { sha256, name, kind: slash === '/' ? 'folder' : 'file' };
}

/** @param name characters of it that a source can't have become underscores */
export function artifactSource({ sha256, name, kind }: ArtifactSource): string {
  // The end of a long name tells the format.
  const plain = name
    .replaceAll(/[^\p{L}\p{N}._+-]/gu, '_')
    .replace(/^\.+$/, '_')
    .slice(-LONGEST_NAME);
  return `${SCHEME}${sha256}/${plain || '_'}${kind === 'folder' ? '/' : ''}`;
}

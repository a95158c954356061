/** Files of the bucket as data entities. */
import type { ArtifactRef, FileSet } from '../../contracts/artifact.ts';
import type { Graph, Reference } from './graph.ts';
import { localId } from './graph.ts';

/** By the end of a file's name; what is in no such format is a series of bytes. */
const FORMATS: readonly (readonly [ending: RegExp, mediaType: string])[] = [
  [/\.json$/, 'application/json'],
  [/\.md$/, 'text/markdown'],
  [/\.txt$/, 'text/plain'],
  [/(^|\/)archive$/, 'application/x-tar'],
  [/(^|\/)(train|dev|test|rows|perQuery|trainingLog)$/, 'application/jsonl'],
];
const BYTES = 'application/octet-stream';

const ROW_FORMATS = { parquet: 'application/vnd.apache.parquet', jsonl: 'application/jsonl', csv: 'text/csv' } as const;

export interface FileDescription {
  readonly name: string;
  /** Of the rows in it. */
  readonly format?: keyof typeof ROW_FORMATS;
  readonly license?: Reference | null;
  /** The workflow's parameter that it is a value of. */
  readonly exampleOfWork?: Reference;
}

/**
 * A stored object. It stands outside the run's folder, which is the crate's root, and has no address that would be the
 * same in every bucket: so it is named by its digest (RFC 6920), and its key is told beside that.
 */
export function addObject(graph: Graph, { key, sha256, bytes }: ArtifactRef, described: FileDescription): Reference {
  const { name, format, license = null, exampleOfWork = null } = described;
  return graph.add(digestUri(sha256), 'File', {
    name,
    alternateName: key,
    contentSize: String(bytes),
    encodingFormat: format ? ROW_FORMATS[format] : mediaType(name),
    sha256,
    license,
    exampleOfWork,
  });
}

/** A folder as a collection by its digest; its main entity is its largest file: the weights. */
export function addFolder(graph: Graph, { digest, files }: FileSet, described: FileDescription): Reference {
  const { name, license = null, exampleOfWork = null } = described;
  const parts = files.map((file) => addObject(graph, file, { name: `${name}/${file.path}`, license }));
  const largest = files.reduce((main, file) => (file.bytes > main.bytes ? file : main));
  return graph.add(localId('folder', digest), 'Collection', {
    name,
    identifier: digest,
    mainEntity: { '@id': digestUri(largest.sha256) },
    hasPart: parts,
    license,
    exampleOfWork,
  });
}

/** @param stored null for a file that is made after the crate, and has the crate's digest in it */
export function localFile(name: string, stored: Pick<ArtifactRef, 'sha256' | 'bytes'> | null) {
  return {
    name,
    encodingFormat: mediaType(name),
    contentSize: stored && String(stored.bytes),
    sha256: stored && stored.sha256,
  };
}

/** `ni:///sha-256;…`: names bytes by their digest, wherever they are. */
export function digestUri(sha256: string): string {
  return `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`;
}

function mediaType(name: string): string {
  return FORMATS.find(([ending]) => ending.test(name))?.[1] ?? BYTES;
}

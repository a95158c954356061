/** How far two runs' objects are apart where their digests differ: embeddings, weights, ranks. */
import { fromJsonLines } from '../../activities/json-lines.ts';
import { readPartTexts } from '../../activities/part-texts.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import type { Prefixes } from '../../contracts/activities.ts';
import type { ArtifactRef, FileSet } from '../../contracts/artifact.ts';
import { largestDifference } from '../../core/largest-difference.ts';
import type { Rank } from '../../core/ranking.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { openTensors } from './tensor-file.ts';

/** Where the objects of one of the runs are. */
export interface Objects {
  readonly artifacts: ArtifactStore;
}

/** What an embed step embedded, and with what. */
export interface EmbeddedPart {
  readonly encoder: { readonly digest: string; readonly dimensions: number };
  readonly rows: ArtifactRef;
  readonly prefixes: Prefixes;
}

/** Two of one thing: the recorded and the reproduced. */
export type Pair<T> = readonly [recorded: T, reproduced: T];

/**
 * Largest absolute difference of a component.
 *
 * @throws RangeError when the texts or the dimensions differ
 * @throws MissingEmbeddingsError, ArtifactLostError
 */
export async function embeddingDifference(objects: Pair<Objects>, parts: Pair<EmbeddedPart>): Promise<number> {
  const load = async ({ artifacts }: Objects, { encoder, rows, prefixes }: EmbeddedPart): Promise<Float32Array> => {
    const { queries, positives } = await readPartTexts(artifacts, rows, prefixes);
    const cache = new EmbeddingCache(artifacts.objects, encoder, () => undefined);
    return cache.load(packTextKeys([...queries, ...positives]));
  };
  return largestDifference(await load(objects[0], parts[0]), await load(objects[1], parts[1]));
}

/**
 * Largest absolute difference of a weight, over all safetensors files of two folders.
 *
 * @throws RangeError when the folders have other files, or the files other tensors
 * @throws SafetensorsError for weights in another precision than float32; ArtifactLostError
 */
export async function weightDifference(objects: Pair<Objects>, folders: Pair<FileSet>): Promise<number> {
  const differences: number[] = [];
  for (const { path, ...recorded } of folders[0].files) {
    const reproduced = folders[1].files.find((file) => file.path === path);
    if (!reproduced) throw new RangeError(`there is no ${path}`);
    if (reproduced.sha256 === recorded.sha256) continue;
    if (!path.endsWith('.safetensors')) throw new RangeError(`${path} differs, and has no weights to compare`);
    const difference = objects[0].artifacts.withFile(recorded, (one) =>
      objects[1].artifacts.withFile(reproduced, (other) => fileDifference(one, other)),
    );
    differences.push(await difference);
  }
  return Math.max(0, ...differences);
}

/**
 * Share of queries whose positive has another rank.
 *
 * @throws RangeError when the numbers of queries differ; ArtifactLostError
 */
export async function rankDifference(objects: Pair<Objects>, files: Pair<ArtifactRef>): Promise<number> {
  const read = async ({ artifacts }: Objects, ref: ArtifactRef): Promise<Rank[]> =>
    fromJsonLines<{ rank: Rank }>(await artifacts.getBytes(ref)).map(({ rank }) => rank);
  const [recorded, reproduced] = [await read(objects[0], files[0]), await read(objects[1], files[1])];
  if (recorded.length !== reproduced.length)
    throw new RangeError(`${recorded.length} queries can't be compared with ${reproduced.length}`);
  return recorded.filter((rank, query) => rank !== reproduced[query]).length / Math.max(1, recorded.length);
}

/** Tensor by tensor: Node reads no file of 2 GiB at once. */
async function fileDifference(recorded: string, reproduced: string): Promise<number> {
  const [one, other] = [await openTensors(recorded), await openTensors(reproduced)];
  try {
    if (one.names.length !== other.names.length) throw new RangeError('the files have other tensors');
    let largest = 0;
    for (const name of one.names)
      largest = Math.max(largest, largestDifference(await one.read(name), await other.read(name)));
    return largest;
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}

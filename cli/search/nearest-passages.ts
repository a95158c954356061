/** Embeds a question and finds the passages nearest to it, with one retriever of a run. */
import { availableParallelism } from 'node:os';
import { withScratch } from '../../activities/scratch.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { createEncoder } from '../../adapters/encoder/create-encoder.ts';
import type { EncodedTexts } from '../../adapters/encoder/encoder.ts';
import type { EncoderRef } from '../../contracts/steps.ts';
import { settleTies } from '../../core/ranking.ts';
import { Index } from '../../native/faiss/index.ts';
import type { Retriever } from '../records/retrievers.ts';

export interface SearchFiles {
  readonly artifacts: ArtifactStore;
  /** Folder for what one search needs on disk, on the file system of the artifacts' cache. */
  readonly scratch: string;
}

export interface NearestPassages {
  /** Nearest first; `passage` is the position in the corpus, `score` the cosine. */
  readonly hits: readonly { readonly passage: number; readonly score: number }[];
  /** Whether the question was longer than the encoder reads. */
  readonly truncated: boolean;
}

/**
 * @param question with the encoder's prefix before it
 * @param top hits at most; fewer where the index has fewer passages
 * @throws {ArtifactLostError} when a file of the encoder or the index is missing or damaged
 * @throws {EncoderError} and {FaissError} when they can't be loaded or used
 */
export async function nearestPassages(
  files: SearchFiles,
  { encoder, index: { index: file } }: Retriever,
  question: string,
  top: number,
): Promise<NearestPassages> {
  const index = await files.artifacts.withFile(file, (path) => Index.read(path));
  try {
    const { embeddings, truncated } = await encodeOnce(files, encoder, question);
    const k = Math.min(top, index.ntotal);
    const { labels, distances } = await index.search(embeddings, k);
    settleTies(labels, distances, k);
    const hits = Array.from(labels, (passage, row) => ({ passage, score: distances[row] ?? Number.NaN }));
    // An inverted index pads with -1 where the lists it looks into have too few vectors.
    return { hits: hits.filter(({ passage }) => passage >= 0), truncated: truncated > 0 };
  } finally {
    index.dispose();
  }
}

async function encodeOnce({ artifacts, scratch }: SearchFiles, ref: EncoderRef, text: string): Promise<EncodedTexts> {
  return withScratch(scratch, 'search', async (folder) => {
    await artifacts.getFolder(ref.files, folder);
    const encoder = await createEncoder({ folder, threads: availableParallelism() });
    try {
      return await encoder.encode([text]);
    } finally {
      await encoder.dispose();
    }
  });
}

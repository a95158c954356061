/** Check `embeddings`: the cache's segments still give the matrices whose digests the steps recorded. */
import { createHash } from 'node:crypto';
import { digestOfEmbeddings } from '../../activities/embeddings-digest.ts';
import { readPartTexts } from '../../activities/part-texts.ts';
import { MissingEmbeddingsError } from '../../adapters/embedding-cache/missing-embeddings.ts';
import { embedResult, type EmbedResult, type IndexResult } from '../../contracts/steps.ts';
import { keyCount, packTextKeys } from '../../core/text-key.ts';
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { type EmbeddedTexts, embeddedTexts } from '../embedded-texts.ts';
import { firstDifference } from '../first-difference.ts';
import { inputOf, type Made, prefixesOf, stepsOf } from '../step-results.ts';

/** Rows in memory at a time. */
const BLOCK_ROWS = 1_024;
const FLOAT_BYTES = 4;

/** @throws ArtifactLostError when a part or the rows of a guard set are missing or damaged */
export async function checkEmbeddings(run: AuditedRun): Promise<Finding> {
  const differences: (Difference | null)[] = [];
  let count = 0;
  let bytes = 0;
  // One after the other: each holds blocks of rows, and they read the same segments.
  for await (const texts of embeddedTexts(run)) {
    differences.push(await unlessMissing(texts.step, () => textsDifference(run, texts)));
    count += keyCount(texts.keys);
    bytes += keyCount(texts.keys) * texts.encoder.dimensions * FLOAT_BYTES;
  }
  for (const step of stepsOf(run.record, 'index'))
    differences.push(await unlessMissing(step, () => matrixDifference(run, step)));
  return {
    count,
    unit: 'embeddings',
    bytes,
    note: null,
    // What is wrong with a segment says more than that its texts are missing.
    differences: [...run.damagedSegments, ...differences.filter((difference) => difference !== null)],
  };
}

async function unlessMissing(
  step: Made<unknown>,
  compare: () => Promise<Difference | null>,
): Promise<Difference | null> {
  try {
    return await compare();
  } catch (error) {
    if (!(error instanceof MissingEmbeddingsError)) throw error;
    return { object: error.prefix, place: step.step, expected: 'an embedding of every text', found: error.message };
  }
}

/** A guard set's embeddings have no digest in the record; they are read all the same, and so are their segments. */
async function textsDifference(run: AuditedRun, { step, encoder, keys }: EmbeddedTexts): Promise<Difference | null> {
  const embeddingsSha256 = await digestOfEmbeddings(run.cacheOf(encoder), keys, run);
  const recorded = embedResult.safeParse(step.result).data;
  const found: EmbedResult = { texts: keyCount(keys), dimensions: encoder.dimensions, embeddingsSha256 };
  return recorded ? firstDifference(folderOf(step), recorded, found, step.step) : null;
}

async function matrixDifference(run: AuditedRun, step: Made<IndexResult>): Promise<Difference | null> {
  const { dimensions, vectors, embeddingsSha256 } = step.result;
  const test = await run.object(inputOf(step, 'test'));
  const { corpus } = await readPartTexts(run.artifacts, test, prefixesOf(step));
  const cache = run.cacheOf({ digest: inputOf(step, 'encoder'), dimensions });
  const matrix = createHash('sha256');
  for await (const block of cache.stream(packTextKeys(corpus.passages), BLOCK_ROWS, run)) matrix.update(block);
  const found = { vectors: corpus.passages.length, embeddingsSha256: matrix.digest('hex') };
  return firstDifference(folderOf(step), { vectors, embeddingsSha256 }, found, step.step);
}

function folderOf(step: Made<unknown>): string {
  return `embeddings/${inputOf(step, 'encoder')}/`;
}

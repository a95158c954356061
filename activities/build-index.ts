/** Activity `buildIndex`: the FAISS index over the test part's passages, in the order of the corpus. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { IndexInput } from '../contracts/activities.ts';
import { indexResult, type IndexResult, type StepOutcome } from '../contracts/steps.ts';
import { neighbourRecall } from '../core/metrics/neighbour-recall.ts';
import { KEY_BYTES, packTextKeys } from '../core/text-key.ts';
import { Index, IndexFlatIP, setThreads, threads } from '../native/faiss/index.ts';
import type { ActivityDeps } from './deps.ts';
import { readPartTexts } from './part-texts.ts';
import { withScratch } from './scratch.ts';
import { runStep, type Step } from './step.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings' | 'scratch'>;

/** Rows in memory at a time while the index is filled. */
const BLOCK_ROWS = 4_096;
/** Rows that an index with a trained quantiser learns from: FAISS itself samples 256 a centroid, at most. */
const TRAINING_ROWS = 65_536;
/** Neighbours that an approximate index is measured by. */
const K = 10;

export function indexStep({ encoder, test, prefixes, factory }: Omit<IndexInput, 'step'>): Step<IndexResult> {
  const inputs = { encoder: encoder.digest, test: test.sha256 };
  return {
    identity: { name: 'index', version: 1, inputs, parameters: { factory, prefixes } },
    schema: indexResult,
  };
}

export function createBuildIndex(deps: Deps) {
  const { artifacts, records, scratch } = deps;
  return (input: IndexInput): Promise<StepOutcome<IndexResult>> => {
    const { encoder, test, prefixes, factory } = input;
    return runStep(records, indexStep(input), () =>
      withScratch(scratch, 'index', async (folder) => {
        const { corpus, queries } = await readPartTexts(artifacts, test, prefixes);
        const cache = deps.embeddings(encoder);
        const index = Index.fromFactory(encoder.dimensions, factory, 'inner-product');
        // An exact index can't be measured against itself.
        const exact = factory === 'Flat' ? null : new IndexFlatIP(encoder.dimensions);
        const keys = packTextKeys(corpus.passages);
        const embeddingsSha256 = await repeatable(factory, () => fill(index, exact, cache, keys));
        const recallAt10 = exact && (await recall(index, exact, await cache.load(packTextKeys(queries))));
        const path = join(folder, 'index.faiss');
        await index.write(path);
        index.dispose();
        exact?.dispose();
        const { dimensions } = encoder;
        const stored = await artifacts.putFile(path);
        return { index: stored, factory, vectors: corpus.passages.length, dimensions, embeddingsSha256, recallAt10 };
      }),
    );
  };
}

/** Graphs that several threads build together differ from one time to the next. */
const DEPENDS_ON_TIMING = /HNSW|NSG/;

/** Runs `work` such that the same vectors give the same index, byte for byte. */
async function repeatable<R>(factory: string, work: () => Promise<R>): Promise<R> {
  const usual = threads();
  if (DEPENDS_ON_TIMING.test(factory)) setThreads(1);
  try {
    return await work();
  } finally {
    setThreads(usual);
  }
}

/** Adds the embeddings of the keys block by block; returns the digest of the matrix that they make. */
async function fill(index: Index, exact: Index | null, cache: EmbeddingCache, keys: Uint8Array): Promise<string> {
  if (!index.isTrained) await index.train(await cache.load(keys.subarray(0, TRAINING_ROWS * KEY_BYTES)));
  const matrix = createHash('sha256');
  for await (const block of cache.stream(keys, BLOCK_ROWS)) {
    matrix.update(block);
    await index.add(block);
    await exact?.add(block);
  }
  return matrix.digest('hex');
}

async function recall(index: Index, exact: Index, queries: Float32Array): Promise<number> {
  const truth = await exact.search(queries, K);
  const found = await index.search(queries, K);
  return neighbourRecall(truth.labels, found.labels, K);
}

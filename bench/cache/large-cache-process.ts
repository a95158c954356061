/** Child process of `large-cache.ts`: takes one task, sends one result, ends. */
import { once } from 'node:events';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';
import { SETTLED_AFTER_MS } from '../../adapters/embedding-cache/compaction.ts';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { cutSegments, type Segment } from '../../core/segments.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { silenceAwsNotice } from '../../workers/config.ts';
import { openStore } from './bucket.ts';
import type { LargeCacheResult, LargeCacheTask } from './large-cache.ts';
import { peakMiB } from './peak-memory.ts';
import { StandInEncoder } from './stand-in-encoder.ts';

const ENCODER = { digest: '0'.repeat(64), dimensions: 384 };
const PREFIX = 'large/';

// Also when the benchmark has gone, and nobody waits for the result.
process.once('disconnect', () => process.exit());
silenceAwsNotice();
const [task] = (await once(process, 'message')) as [LargeCacheTask];
process.send?.(await perform(task));
process.disconnect();

async function perform({ task: name, access, texts: count }: LargeCacheTask): Promise<LargeCacheResult> {
  const texts = Array.from({ length: count }, (_, index) => syntheticText(index));
  const warn = (message: string): void => console.error(message);
  const cache = new EmbeddingCache(openStore(access, PREFIX), ENCODER, warn);
  const start = performance.now();
  const found = await { fill, lookup, compact }[name](cache, texts);
  return { ...found, seconds: (performance.now() - start) / 1_000, peakMiB: await peakMiB() };
}

/** As the activity `planEmbedding` asks for texts. */
async function lookup(cache: EmbeddingCache, texts: readonly string[]): Promise<{ segments: number; missing: number }> {
  const { segments, missing } = await cache.locate(packTextKeys(texts));
  return { segments: segments.length, missing };
}

/** Both halves of a compaction: the one that merges, and a later one that removes what was merged. */
async function compact(cache: EmbeddingCache): Promise<{ segments: number; missing: number }> {
  const now = Date.now();
  await cache.compact(now);
  await cache.compact(now + 2 * SETTLED_AFTER_MS);
  const { segments } = await cache.describe();
  return { segments, missing: 0 };
}

/** As the activities cut and store them. */
async function fill(cache: EmbeddingCache, texts: readonly string[]): Promise<{ segments: number; missing: number }> {
  const { embedding } = parseRetrainInput({});
  const encoder = new StandInEncoder(ENCODER.dimensions);
  const segments = cutSegments(texts, embedding);
  const store = async ({ id, texts: ofSegment }: Segment): Promise<void> => {
    const { embeddings } = await encoder.encode(ofSegment);
    await cache.put(id, { keys: packTextKeys(ofSegment), embeddings });
  };
  await mapParallel(segments, store, { concurrency: embedding.parallelism });
  return { segments: segments.length, missing: 0 };
}

/** As long as a short passage, and none like another. */
function syntheticText(index: number): string {
  return `Article ${index} : le bailleur est tenu de remettre au locataire un logement décent, en bon état d'usage et de réparation.`;
}

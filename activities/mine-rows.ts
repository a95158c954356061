/** Mines the negatives of all rows of a part: a search for each query, deeper only for the rows that need it. */
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { Embeddings } from '../core/embeddings.ts';
import {
  mineRow,
  suspicionThreshold,
  undecidedRun,
  type MinedRow,
  type MiningOptions,
} from '../core/hard-negatives.ts';
import { PassageRanking } from '../core/passage-ranking.ts';
import { gatherKeys, packTextKeys } from '../core/text-key.ts';
import { cacheOrder } from './cache-order.ts';
import type { PassageIndex } from './passage-index.ts';

/** Queries in memory at a time, and in one search call at most: what a cancelled run still waits for. */
const BLOCK_ROWS = 1_024;
/** Neighbours in memory at a time: few queries a call where many neighbours of each are sought. */
const CALL_NEIGHBOURS = 1 << 20;
/** Answers of one query, and suspects right below the range, that the first search has room for. */
const SPARE_NEIGHBOURS = 16;
/** How much deeper a row that needs it is searched each time. */
const DEEPER = 8;

export interface MiningTask {
  /** As the encoder reads them, one a row. */
  readonly queries: readonly string[];
  /** Position of each row's positive among the passages [rows]. */
  readonly gold: Int32Array;
  /** What is known to answer each row's query. */
  readonly answers: readonly ReadonlySet<number>[];
  readonly options: MiningOptions;
  readonly seed: number;
}

export interface MiningRun {
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

/**
 * The negatives of each row, in order. The same embeddings give the same negatives, whatever the number of threads and
 * the segments in which the cache has them.
 *
 * @throws MissingEmbeddingsError
 */
export async function mineRows(
  cache: EmbeddingCache,
  index: PassageIndex,
  task: MiningTask,
  { signal, onProgress }: MiningRun,
): Promise<MinedRow[]> {
  const { queries, options } = task;
  const { dimensions } = cache;
  const mined: MinedRow[] = Array.from({ length: queries.length });
  const keys = packTextKeys(queries);
  const order = await cacheOrder(cache, keys);
  let done = 0;
  for await (const values of cache.stream(gatherKeys(keys, order), BLOCK_ROWS, { signal })) {
    const rows = order.subarray(done, done + values.length / dimensions);
    const embeddings = { values, dimensions };
    const block = { rows, embeddings, thresholds: await thresholdsOf(index, task, rows, embeddings) };
    let waiting = [...rows.keys()];
    for (let k = options.rangeMax + options.numNegatives + SPARE_NEIGHBOURS; waiting.length > 0; k *= DEEPER)
      waiting = await minePlaces(index, task, block, { waiting, k: Math.min(k, index.size), mined, signal });
    done += rows.length;
    onProgress(done);
  }
  return mined;
}

/** Queries in memory, each at its place in the block. */
interface QueryBlock {
  /** Their rows of the part [places]. */
  readonly rows: Uint32Array;
  readonly embeddings: Embeddings;
  /** Cosines above which a passage is a suspect [places]. */
  readonly thresholds: Float64Array;
}

async function thresholdsOf(
  index: PassageIndex,
  { gold, options }: MiningTask,
  rows: Uint32Array,
  embeddings: Embeddings,
): Promise<Float64Array> {
  const thresholds = new Float64Array(rows.length);
  for (const [place, row] of rows.entries()) {
    const positiveCosine = await index.cosine(embeddings, place, gold[row]!);
    thresholds[place] = suspicionThreshold(positiveCosine, options.relativeMargin);
  }
  return thresholds;
}

interface Pass {
  /** Places of the block that have no negatives yet. */
  readonly waiting: readonly number[];
  /** Neighbours to search for. */
  readonly k: number;
  /** Takes what is found, by row. */
  readonly mined: MinedRow[];
  readonly signal: AbortSignal;
}

/** Returns the places for which k neighbours were too few. */
async function minePlaces(
  index: PassageIndex,
  { answers, options, seed }: MiningTask,
  block: QueryBlock,
  { waiting, k, mined, signal }: Pass,
): Promise<number[]> {
  const left: number[] = [];
  const callRows = Math.max(1, Math.floor(CALL_NEIGHBOURS / k));
  for (let start = 0; start < waiting.length; start += callRows) {
    signal.throwIfAborted();
    const places = waiting.slice(start, start + callRows);
    const { passages, cosines } = await index.search(gatherRows(block.embeddings, places), k);
    for (const [position, place] of places.entries()) {
      const [from, to] = [position * k, (position + 1) * k];
      const row = block.rows[place]!;
      const [found, near] = [passages.subarray(from, to), cosines.subarray(from, to)];
      const ranking = PassageRanking.without(answers[row]!, found, near, index.size);
      await settle(ranking, index, block, place, options);
      const negatives = mineRow(ranking, block.thresholds[place]!, options, { seed, row });
      if (negatives) mined[row] = negatives;
      else left.push(place);
    }
  }
  return left;
}

/** Puts exact cosines where float32 leaves open what is taken, until nothing is. */
async function settle(
  ranking: PassageRanking,
  index: PassageIndex,
  { embeddings, thresholds }: QueryBlock,
  place: number,
  options: MiningOptions,
): Promise<void> {
  for (;;) {
    const run = undecidedRun(ranking, thresholds[place]!, options);
    if (!run) return;
    const exact: number[] = [];
    for (const passage of ranking.passages.subarray(run.start, run.end))
      exact.push(await index.cosine(embeddings, place, passage));
    ranking.settle(run.start, exact);
  }
}

function gatherRows({ values, dimensions }: Embeddings, rows: readonly number[]): Float32Array {
  const gathered = new Float32Array(rows.length * dimensions);
  for (const [position, row] of rows.entries())
    gathered.set(values.subarray(row * dimensions, (row + 1) * dimensions), position * dimensions);
  return gathered;
}

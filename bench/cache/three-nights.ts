/** The embed step on an empty cache, on a full one, and with one per cent new rows; with the real model and store. */
import { join } from 'node:path';
import { toJsonLines } from '../../activities/json-lines.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { EmbedInput } from '../../contracts/activities.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { Pair } from '../../core/clean.ts';
import { encoderRefOf } from '../../test/fixtures/encoder-ref.ts';
import { MAX_SEQ_LENGTH } from '../mini-lm.ts';
import { embedOnce, type Embedded, type WorkerOptions } from './embed-once.ts';
import type { GrowingCorpus } from './growing-corpus.ts';

const DIMENSIONS = 384;

export interface ThreeNights {
  readonly cold: Embedded;
  readonly warm: Embedded;
  readonly incremental: Embedded;
}

/**
 * @param store without embeddings
 * @param model folder of the exported encoder
 */
export async function threeNights(
  store: ObjectStore,
  model: string,
  { before, after }: GrowingCorpus,
  options: WorkerOptions,
): Promise<ThreeNights> {
  const artifacts = new ArtifactStore(store, join(options.folder, 'cache'));
  const files = await artifacts.putFolder(model);
  const encoder = encoderRefOf(files, { dimensions: DIMENSIONS, maxSeqLength: MAX_SEQ_LENGTH });
  const night = async (rows: readonly Pair[]): Promise<Embedded> => {
    const input: EmbedInput = {
      encoder,
      rows: await artifacts.putBytes(toJsonLines(rows)),
      prefixes: { query: '', passage: '' },
      embedding: parseRetrainInput({}).embedding,
      step: 'embed-base',
      run: { workflowId: 'bench', runId: 'bench' },
    };
    return embedOnce(store, input, options);
  };
  return { cold: await night(before), warm: await night(before), incremental: await night(after) };
}

/** Everything that takes turns in a round of the encode benchmark, loaded and warm. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEncoder, TOKENS_PER_THREAD } from '../../adapters/encoder/create-encoder.ts';
import { readEncoderFolder } from '../../adapters/encoder/encoder-folder.ts';
import { loadTokenizer } from '../../adapters/encoder/tokenize.ts';
import { modelFolder } from '../../test/fixtures/exported-encoder.ts';
import { MAX_SEQ_LENGTH, miniLm } from '../mini-lm.ts';
import { startPython } from '../python-peer.ts';
import { secondsOf, type Measure } from '../rounds.ts';
import { feedsOf, openBareSession, runAll } from './bare-session.ts';
import { leastCosine } from './least-cosine.ts';
import { matrixProducts } from './matrix-product.ts';
import { flopOfBatches, paddedBatches } from './padded-batches.ts';

const WARM_UP_TEXTS = 64;
/** sentence-transformers' default is 32. */
const BATCH_SIZES = [32, 8, 128] as const;

export type Peer = `sentence-transformers, batch ${(typeof BATCH_SIZES)[number]}`;
export const DEFAULT_PEER: Peer = 'sentence-transformers, batch 32';

export interface EncodeSubjects {
  /** Seconds for all texts, but for products: FLOP a second. */
  readonly measures: Readonly<
    Record<'ours' | 'oneSession' | 'int8' | 'tokenizer' | 'session' | 'onnxruntime' | 'torch' | Peer, Measure<number>>
  >;
  /** Operations of the model in one pass over the texts. */
  readonly flop: number;
  readonly paddedTokens: number;
  /** Over all texts of the last round, against the default peer. */
  leastCosine(of: 'ours' | 'int8'): Promise<number>;
  stop(): Promise<void>;
}

export async function openSubjects(
  texts: readonly string[],
  scratch: string,
  threads: number,
): Promise<EncodeSubjects> {
  const folder = await miniLm(scratch);
  const { model, tokenizer, info } = await readEncoderFolder(folder);
  const encoders = {
    ours: await createEncoder({ folder, threads }),
    oneSession: await createEncoder({ folder, threads, sessions: 1 }),
    int8: await createEncoder({ folder: await miniLm(scratch, 'int8'), threads }),
  };
  const tokenize = loadTokenizer(tokenizer, MAX_SEQ_LENGTH);
  const { tokenIds } = await tokenize(texts);
  const { padTokenId } = info;
  const layout = { tokensPerBatch: TOKENS_PER_THREAD * threads, maxLength: MAX_SEQ_LENGTH, padTokenId };
  const batches = paddedBatches(tokenIds, layout);
  const feeds = batches.map(feedsOf);
  const session = await openBareSession(model, threads);
  const python = startPython('encode_texts.py', [await modelFolder(), `${MAX_SEQ_LENGTH}`, `${threads}`], threads);
  const products = await matrixProducts(python, scratch, threads);

  const peer = async (input: readonly string[], batchSize: number): Promise<number> => {
    const [file, output] = [join(scratch, 'texts.json'), join(scratch, `batch-${batchSize}.f32`)];
    await writeFile(file, JSON.stringify(input));
    const { seconds = Number.NaN } = await python.call('encode', { texts: file, batch_size: batchSize, output });
    return seconds;
  };
  const embeddings = { ours: new Float32Array(), oneSession: new Float32Array(), int8: new Float32Array() };
  const names = ['ours', 'oneSession', 'int8'] as const;
  const encode = async (name: keyof typeof encoders, input: readonly string[]): Promise<number> =>
    secondsOf(async () => ({ embeddings: embeddings[name] } = await encoders[name].encode(input)));

  const few = texts.slice(0, WARM_UP_TEXTS);
  for (const name of names) await encode(name, few);
  await runAll(session, feeds.slice(0, 4));
  for (const batchSize of BATCH_SIZES) await peer(few, batchSize);

  const peers = Object.fromEntries(
    BATCH_SIZES.map((size) => [`sentence-transformers, batch ${size}`, () => peer(texts, size)]),
  ) as Record<Peer, Measure<number>>;
  return {
    measures: {
      ours: () => encode('ours', texts),
      oneSession: () => encode('oneSession', texts),
      int8: () => encode('int8', texts),
      tokenizer: () => secondsOf(() => tokenize(texts)),
      session: () => runAll(session, feeds),
      ...peers,
      ...products,
    },
    flop: flopOfBatches(batches),
    paddedTokens: batches.reduce((sum, batch) => sum + batch.tokenIds.length, 0),
    async leastCosine(of) {
      const bytes = await readFile(join(scratch, 'batch-32.f32'));
      return leastCosine(embeddings[of], new Float32Array(new Uint8Array(bytes).buffer), info.dimensions);
    },
    async stop() {
      await Promise.all([...names.map((name) => encoders[name].dispose()), session.release(), python.stop()]);
    },
  };
}

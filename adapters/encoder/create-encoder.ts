/** Puts the encoder together: tokenizer here, ONNX sessions in their threads. */
import type { EncoderInfo } from '../../contracts/trainer.ts';
import { type Batch, planBatches, type BatchLimits } from '../../core/batches.ts';
import { BatchBudget } from './batch-budget.ts';
import { EncoderError } from './encoder-error.ts';
import { readEncoderFolder } from './encoder-folder.ts';
import type { EncodedTexts, EncodeOptions, Encoder } from './encoder.ts';
import { padBatch } from './pad-batch.ts';
import { availableMemory, layoutOf, modelBytesOf, type SessionLayout } from './session-layout.ts';
import { SessionPool } from './session-pool.ts';
import type { ExecutionProvider, SessionOptions } from './session-protocol.ts';
import { openSession, type Session } from './session.ts';
import { loadTokenizer } from './tokenize.ts';
import { mapParallel } from '../requests/map-parallel.ts';

export interface EncoderConfig {
  /** Folder with model.onnx, model.onnx.data, tokenizer.json and encoder.json. */
  readonly folder: string;
  /** Threads of all sessions together. */
  readonly threads: number;
  /** Sessions that share the threads; @default as many as the memory allows, see `layoutOf` */
  readonly sessions?: number;
  /** Most padded tokens in a batch. @default 512 a thread of a session, 32,768 on a GPU */
  readonly tokensPerBatch?: number;
  /** @default 'cpu' */
  readonly executionProvider?: ExecutionProvider;
  /** Starts one session. @default openSession */
  readonly open?: (options: SessionOptions) => Promise<Session>;
  /** Told the padded tokens of the largest batch from now on, when memory did not hold a larger one. */
  readonly onSmallerBatches?: (tokensPerBatch: number) => void;
}

/** One batch computes while the next one waits in the thread's queue. */
const BATCHES_PER_SESSION = 2;

/** 512, 1,024 and 2,048 differ by less than 5 %; 512 take a core a sixth of a second, which is how fast `signal` works. */
export const TOKENS_PER_THREAD = 512;
/** Some hundred texts, which keep a GPU busy and take well below a gigabyte of activations. */
const TOKENS_ON_GPU = 32_768;

/**
 * Rows of a batch below which a lone text is repeated: onnxruntime multiplies a matrix of one row, as a dense layer
 * after the pooling has, by another kernel, with other bits.
 */
export const LEAST_ROWS = 2;

/**
 * Loads an encoder and waits until its sessions are ready.
 *
 * @throws EncoderError (`invalid-folder`, `cuda-unavailable`, `thread-crashed`)
 */
export async function createEncoder(config: EncoderConfig): Promise<Encoder> {
  const { folder, executionProvider = 'cpu', open = openSession, onSmallerBatches } = config;
  const { model, tokenizer, info } = await readEncoderFolder(folder);
  const { dimensions, maxSeqLength, padTokenId } = info;
  const tokenize = loadTokenizer(tokenizer, maxSeqLength);
  const layout = await chooseLayout(config, model);
  const { tokensPerBatch, leastRows } = batchLimits(config, info, layout);
  const budget = new BatchBudget(tokensPerBatch, leastRows);
  const pool = new SessionPool(layout.sessions, async () =>
    open({ model, info, executionProvider, threads: layout.threadsEach }),
  );

  const encode = async (texts: readonly string[], options: EncodeOptions = {}): Promise<EncodedTexts> => {
    const { signal, onProgress } = options;
    const { tokenIds, truncated } = await tokenize(texts, signal);
    const batches = planBatches(
      tokenIds.map((ids) => ids.length),
      { tokensPerBatch: budget.tokensPerBatch, leastRows, maxLength: maxSeqLength },
    );
    const embeddings = new Float32Array(texts.length * dimensions);
    let done = 0;
    const embedWhole = async (batch: Batch): Promise<void> => {
      const rows = await pool.run(padBatch(tokenIds, batch, { padTokenId, leastRows }));
      for (const [row, index] of batch.indices.entries())
        embeddings.set(rows.subarray(row * dimensions, (row + 1) * dimensions), index * dimensions);
      done += batch.indices.length;
      onProgress?.(done);
    };
    const embedBatch = async (planned: Batch): Promise<void> => {
      for (const batch of budget.split(planned)) {
        try {
          await embedWhole(batch);
        } catch (error) {
          if (!isOutOfMemory(error)) throw error;
          if (!budget.refuse(batch)) throw tooLittleMemory(batch, error);
          onSmallerBatches?.(budget.tokensPerBatch);
          await embedBatch(batch);
        }
      }
    };
    await mapParallel(batches, embedBatch, {
      concurrency: layout.sessions * BATCHES_PER_SESSION,
      ...(signal && { signal }),
    });
    return { embeddings, truncated };
  };

  await pool.ready().catch(async (error: unknown) => {
    await pool.dispose();
    throw error;
  });
  return { dimensions, maxSeqLength, encode, dispose: async () => pool.dispose() };
}

function isOutOfMemory(error: unknown): error is EncoderError {
  return error instanceof EncoderError && error.code === 'out-of-memory';
}

/** As few rows as there can be, and still too many. */
function tooLittleMemory({ length, indices }: Batch, cause: EncoderError): EncoderError {
  const texts = `${indices.length === 1 ? 'one text' : `${indices.length} texts`} of ${length} tokens`;
  return new EncoderError(
    'out-of-memory',
    `There is no memory for ${texts} beside the model: free some, use a larger device, or lower model.maxSeqLength. ${cause.message}`,
    { cause },
  );
}

async function chooseLayout(
  { threads, sessions, executionProvider }: EncoderConfig,
  model: string,
): Promise<SessionLayout> {
  if (sessions !== undefined) return { sessions, threadsEach: Math.max(1, Math.floor(threads / sessions)) };
  // A GPU computes one batch at a time.
  if (executionProvider === 'cuda') return { sessions: 1, threadsEach: 1 };
  // A folder without a model is the session's to report.
  const bytes = await modelBytesOf(model).catch(() => 0);
  return layoutOf(threads, bytes, availableMemory());
}

/** With int8 every text goes alone: the range that its activations are quantised by is that of its whole batch. */
function batchLimits(
  { tokensPerBatch, executionProvider }: EncoderConfig,
  { precision }: EncoderInfo,
  { threadsEach }: SessionLayout,
): Pick<BatchLimits, 'tokensPerBatch' | 'leastRows'> {
  if (precision === 'int8') return { tokensPerBatch: 1, leastRows: 1 };
  const usual = executionProvider === 'cuda' ? TOKENS_ON_GPU : TOKENS_PER_THREAD * threadsEach;
  return { tokensPerBatch: tokensPerBatch ?? usual, leastRows: LEAST_ROWS };
}

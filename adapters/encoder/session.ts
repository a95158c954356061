/** One ONNX session in its own thread, as a function from a padded batch to embeddings. */
import { Worker } from 'node:worker_threads';
import { EncoderError } from './encoder-error.ts';
import type { FromThread, PaddedBatch, SessionOptions, ToThread } from './session-protocol.ts';

export interface Session {
  /** Batches that were handed over and are not back. */
  readonly inFlight: number;
  /** False once the thread has died. */
  readonly alive: boolean;

  /**
   * Embeddings of a batch, float32 [rows, dimensions]; takes the batch's buffers away from the caller.
   *
   * @throws EncoderError (`out-of-memory`, `inference-failed`, `thread-crashed`)
   */
  run(batch: PaddedBatch): Promise<Float32Array<ArrayBuffer>>;

  /** Ends the thread, after the batches that it has. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (embeddings: Float32Array<ArrayBuffer>) => void;
  readonly reject: (error: EncoderError) => void;
}

const ENTRY = new URL('./session-thread.mjs', import.meta.url);

/**
 * Starts the thread and loads the model.
 *
 * @param entry the thread's module.
 * @throws EncoderError (`invalid-folder`, `cuda-unavailable`, `thread-crashed`)
 */
export async function openSession(options: SessionOptions, entry: URL = ENTRY): Promise<Session> {
  const thread = new Worker(entry, { workerData: options });
  const session = new ThreadSession(thread);
  await new Promise<void>((resolve, reject) => {
    const crash = (how: string, cause?: unknown): void => {
      const error = new EncoderError('thread-crashed', `The thread of an ONNX session on ${options.model} ${how}`, {
        cause,
      });
      reject(error);
      session.fail(error);
    };
    thread.on('error', (cause) => crash(`crashed: ${cause instanceof Error ? cause.message : String(cause)}`, cause));
    thread.on('exit', (code) => crash(`ended with exit code ${code}`));
    thread.on('message', (message: FromThread) => {
      if (message.type === 'ready') resolve();
      else if (message.type === 'unusable') reject(unusable(options, message.message));
      else session.settle(message);
    });
  });
  return session;
}

class ThreadSession implements Session {
  readonly #thread: Worker;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #crash: EncoderError | null = null;

  constructor(thread: Worker) {
    this.#thread = thread;
    this.#ended = new Promise((resolve) => void thread.once('exit', resolve));
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  get alive(): boolean {
    return this.#crash === null;
  }

  async run(batch: PaddedBatch): Promise<Float32Array<ArrayBuffer>> {
    if (this.#crash) throw this.#crash;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ type: 'run', id, batch }, [batch.tokenIds.buffer, batch.tokenCounts.buffer]);
    });
  }

  async close(): Promise<void> {
    this.#send({ type: 'close' });
    await this.#ended;
  }

  settle(message: Extract<FromThread, { type: 'embeddings' | 'failed' }>): void {
    const batch = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'embeddings') batch?.resolve(message.embeddings);
    else batch?.reject(failed(message.message));
  }

  fail(error: EncoderError): void {
    this.#crash ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#thread.postMessage(message, transfer);
  }
}

/**
 * What onnxruntime says when memory is exhausted: its arena, CUDA, cuBLAS and cuDNN, and the C++ runtime. It has no code of
 * its own for it.
 */
const OUT_OF_MEMORY =
  /out of memory|failed to allocate memory|smaller than requested bytes|STATUS_ALLOC_FAILED|std::bad_alloc/i;

function failed(message: string): EncoderError {
  return OUT_OF_MEMORY.test(message)
    ? new EncoderError('out-of-memory', `There is no memory for a batch: ${message}`)
    : new EncoderError('inference-failed', `The model failed on a batch: ${message}`);
}

/** The runtime names the provider in the message of every failure to load it. */
function unusable({ model, executionProvider }: SessionOptions, message: string): EncoderError {
  if (executionProvider === 'cuda' && /cuda|provider/i.test(message))
    return new EncoderError(
      'cuda-unavailable',
      `CUDA was asked for and onnxruntime can't use it here (${message}): give the GPU worker an NVIDIA driver for CUDA 13 ` +
        'and the libraries that set-up lays out for it (docs/gpu.md), or set embedding.device to cpu',
    );
  if (OUT_OF_MEMORY.test(message))
    return new EncoderError('out-of-memory', `There is no memory for the model ${model}: ${message}`);
  return new EncoderError('invalid-folder', `${model} can't be loaded (${message}): export the encoder again`);
}

/** The thread that owns one ONNX session: `session.run` blocks whatever event loop it is called on. */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { FromThread, PaddedBatch, SessionOptions, ToThread } from './session-protocol.ts';

const port = parentPort;
if (!port) throw new Error('session-thread.ts is the entry of a worker thread, it does nothing by itself');
const options = workerData as SessionOptions;

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function openSession(): Promise<InferenceSession> {
  return InferenceSession.create(options.model, {
    executionProviders: [options.executionProvider],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    // Threads that spin while they wait take the CPU from the sessions beside them.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

/** The graph's inputs by name, each int64 [rows, length]. */
function feedsOf({ tokenIds, tokenCounts }: PaddedBatch): Record<string, Tensor> {
  const rows = tokenCounts.length;
  const length = tokenIds.length / rows;
  const values: Record<string, () => BigInt64Array> = {
    input_ids: () => BigInt64Array.from(tokenIds, BigInt),
    attention_mask: () => {
      const mask = new BigInt64Array(rows * length);
      for (const [row, count] of tokenCounts.entries()) mask.fill(1n, row * length, row * length + count);
      return mask;
    },
    // One segment a text: every token is of type 0.
    token_type_ids: () => new BigInt64Array(rows * length),
  };
  return Object.fromEntries(
    options.info.inputs.map((name) => {
      const fill = values[name];
      if (!fill) throw new Error(`the graph wants the input ${name}, known are ${Object.keys(values).join(', ')}`);
      return [name, new Tensor('int64', fill(), [rows, length])];
    }),
  );
}

async function embed(session: InferenceSession, batch: PaddedBatch): Promise<Float32Array<ArrayBuffer>> {
  const { output, dimensions } = options.info;
  const rows = batch.tokenCounts.length;
  const tensor = (await session.run(feedsOf(batch), [output]))[output];
  if (
    tensor?.type !== 'float32' ||
    tensor.dims.length !== 2 ||
    tensor.dims[0] !== rows ||
    tensor.dims[1] !== dimensions
  )
    throw new Error(
      `output ${output} is ${tensor?.type ?? 'absent'} [${tensor?.dims.join(', ') ?? ''}], expected float32 [${rows}, ${dimensions}]`,
    );
  const embeddings = tensor.data as Float32Array<ArrayBuffer>;
  if (!embeddings.every(Number.isFinite)) throw new Error(`output ${output} has values that are not finite`);
  return embeddings;
}

/** Batches are run one after the other, in the order in which they came; so closing waits for those before it. */
function serve(session: InferenceSession): void {
  let work = Promise.resolve();
  port?.on('message', (message: ToThread) => {
    work = work.then(async () => (message.type === 'run' ? run(session, message) : close(session)));
  });
  send({ type: 'ready' });
}

async function run(session: InferenceSession, { id, batch }: Extract<ToThread, { type: 'run' }>): Promise<void> {
  try {
    const embeddings = await embed(session, batch);
    send({ type: 'embeddings', id, embeddings }, [embeddings.buffer]);
  } catch (error) {
    send({ type: 'failed', id, message: messageOf(error) });
  }
}

async function close(session: InferenceSession): Promise<void> {
  await session.release();
  port?.close();
}

await openSession().then(serve, (error: unknown) => {
  send({ type: 'unusable', message: messageOf(error) });
});

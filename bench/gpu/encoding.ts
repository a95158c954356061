/** Embeddings on the device beside those of the CPU: how near, how fast, and the same where memory is scarce. */
import { createEncoder } from '../../adapters/encoder/create-encoder.ts';
import type { ExecutionProvider } from '../../adapters/encoder/session-protocol.ts';
import { exportedEncoder } from '../../test/fixtures/exported-encoder.ts';
import { leastCosine } from '../encode/least-cosine.ts';
import { legalPairs } from '../legal-texts.ts';
import { startPython } from '../python-peer.ts';
import { atLeast, holds, type ProofPart } from './claim.ts';

/** MiB left to the encoder where the proof takes the rest: the model, cuBLAS's workspace and some hundred texts. */
const SCARCE_MIB = 1_200;
/** Padded tokens of a batch that those can't hold. */
const TOO_MANY_TOKENS = 1_048_576;

export interface EncodingTask {
  readonly device: ExecutionProvider;
  readonly texts: number;
  readonly threads: number;
}

interface Encoded {
  readonly embeddings: Float32Array<ArrayBuffer>;
  readonly dimensions: number;
  readonly textsPerSecond: number;
  /** Times that memory did not hold a batch. */
  readonly halvings: number;
}

export async function proveEncoding({ device, texts: count, threads }: EncodingTask): Promise<ProofPart> {
  const texts = (await legalPairs(count)).map(({ positive }) => positive);
  const encode = async (provider: ExecutionProvider, precision: 'fp32' | 'fp16', tokensPerBatch?: number) =>
    encoded(texts, { provider, precision, threads, ...(tokensPerBatch && { tokensPerBatch }) });
  const onCpu = await encode('cpu', 'fp32');
  const full = await encode(device, 'fp32');
  const half = await encode(device, 'fp16');
  const cosine = (one: Encoded, other: Encoded): number =>
    leastCosine(one.embeddings, other.embeddings, one.dimensions);
  const claims = [
    atLeast('fp32: least cosine with the CPU', cosine(full, onCpu), 0.99999, 7),
    atLeast('fp16: least cosine with the CPU’s fp32', cosine(half, onCpu), 0.999),
  ];
  if (device === 'cuda') {
    const memory = startPython('hold_gpu_memory.py', [], 1);
    try {
      await memory.call('hold', { leaveMib: SCARCE_MIB });
      const scarce = await encode('cuda', 'fp16', TOO_MANY_TOKENS);
      claims.push(
        holds('a batch that memory does not hold is halved', scarce.halvings > 0, `${scarce.halvings} times`),
        atLeast('its embeddings: least cosine with those of batches that fit', cosine(scarce, half), 0.9999),
      );
    } finally {
      await memory.stop();
    }
  }
  const rate = ({ textsPerSecond }: Encoded): string => `${textsPerSecond.toFixed(1)} texts/s`;
  return {
    title: `Embedding ${count} texts with all-MiniLM-L6-v2`,
    claims,
    figures: { 'CPU, fp32': rate(onCpu), 'device, fp32': rate(full), 'device, fp16': rate(half) },
  };
}

interface Setting {
  readonly provider: ExecutionProvider;
  readonly precision: 'fp32' | 'fp16';
  readonly threads: number;
  readonly tokensPerBatch?: number;
}

/** Loading and the first batches, in which a GPU's kernels are chosen, are not in the rate. */
async function encoded(texts: readonly string[], setting: Setting): Promise<Encoded> {
  const { provider, precision, threads, tokensPerBatch } = setting;
  let halvings = 0;
  const encoder = await createEncoder({
    folder: await exportedEncoder(precision),
    threads,
    executionProvider: provider,
    ...(tokensPerBatch && { tokensPerBatch }),
    onSmallerBatches: () => halvings++,
  });
  try {
    await encoder.encode(texts.slice(0, 32));
    const started = performance.now();
    const { embeddings } = await encoder.encode(texts);
    const textsPerSecond = (1_000 * texts.length) / (performance.now() - started);
    return { embeddings, dimensions: encoder.dimensions, textsPerSecond, halvings };
  } finally {
    await encoder.dispose();
  }
}

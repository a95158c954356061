/** onnxruntime alone, on this thread and with its inputs ready: what the encoder would take if nothing else cost time. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { PaddedBatch } from '../../adapters/encoder/session-protocol.ts';
import { secondsOf } from '../rounds.ts';

/** A session with the options of the encoder's. */
export async function openBareSession(model: string, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

/** Inputs of a batch for all-MiniLM-L6-v2's exported graph, each int64 [rows, length]. */
export function feedsOf({ tokenIds, tokenCounts }: PaddedBatch): Record<string, Tensor> {
  const rows = tokenCounts.length;
  const length = tokenIds.length / rows;
  const mask = new BigInt64Array(tokenIds.length);
  for (const [row, count] of tokenCounts.entries()) mask.fill(1n, row * length, row * length + count);
  return {
    input_ids: new Tensor('int64', BigInt64Array.from(tokenIds, BigInt), [rows, length]),
    attention_mask: new Tensor('int64', mask, [rows, length]),
  };
}

/** Seconds inside `session.run`, over all feeds. */
export async function runAll(session: InferenceSession, feeds: readonly Record<string, Tensor>[]): Promise<number> {
  return secondsOf(async () => {
    for (const feed of feeds) await session.run(feed);
  });
}

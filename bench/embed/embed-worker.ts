/** A worker of the `embed` workflow in a process of its own, whose memory is measured as a whole. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { S3Access } from '../../cli/stack/s3-access.ts';

export interface EmbedWorkerOptions {
  readonly access: S3Access;
  readonly prefix: string;
  /** Of Temporal. */
  readonly address: string;
  readonly folder: string;
  readonly dimensions: number;
}

export interface EmbedWorkerResult {
  /** Resident memory when it was ready, and at its peak. */
  readonly idleMiB: number;
  readonly peakMiB: number;
  /** Times that `planEmbedding` ran. */
  readonly plans: number;
  /** Bytes written: plans with their texts and tables, segments of embeddings, and those that the compaction wrote. */
  readonly stored: { readonly plans: number; readonly segments: number; readonly merged: number };
  /** Segments encoded. */
  readonly segments: number;
  /** Key ranges of segments read from the store. */
  readonly keyRanges: number;
}

export interface EmbedWorker {
  /** Ends the process. */
  stop(): Promise<EmbedWorkerResult>;
}

const CHILD = fileURLToPath(new URL('embed-worker-process.ts', import.meta.url));

/** @throws Error when the process ends before it is ready; standard error has its reason */
export async function startEmbedWorker(options: EmbedWorkerOptions): Promise<EmbedWorker> {
  const child = fork(CHILD, { stdio: ['ignore', process.stderr, process.stderr, 'ipc'] });
  const ended = once(child, 'close').then(([code]): never => {
    throw new Error(`the worker of the benchmark ended with ${code}`);
  });
  ended.catch(() => {});
  child.send(options);
  await Promise.race([once(child, 'message'), ended]);
  return {
    async stop() {
      child.send('stop');
      const [result] = (await Promise.race([once(child, 'message'), ended])) as [EmbedWorkerResult];
      return result;
    },
  };
}

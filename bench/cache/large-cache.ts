/** A cache of many texts, each task in a process of its own, whose memory is measured as a whole. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { S3Access } from '../../cli/stack/s3-access.ts';

export interface LargeCacheTask {
  /**
   * `fill` cuts the texts into segments and stores them, `lookup` finds where each one is, `compact` merges the segments
   * and removes them.
   */
  readonly task: 'fill' | 'lookup' | 'compact';
  readonly access: S3Access;
  readonly texts: number;
}

export interface LargeCacheResult {
  /** Of the task alone, the making of the texts left out. */
  readonly seconds: number;
  /** Of the whole process, the texts included. */
  readonly peakMiB: number;
  readonly segments: number;
  /** Texts that have no embedding when the task is done. */
  readonly missing: number;
}

const CHILD = fileURLToPath(new URL('large-cache-process.ts', import.meta.url));

/** @throws Error when the process ends without a result; standard error has its reason */
export async function runLargeCache(task: LargeCacheTask): Promise<LargeCacheResult> {
  const child = fork(CHILD, { stdio: ['ignore', process.stderr, process.stderr, 'ipc'] });
  child.send(task);
  return new Promise((resolve, reject) => {
    let result: LargeCacheResult | undefined;
    child.once('message', (message) => (result = message as unknown as LargeCacheResult));
    child.once('error', reject);
    child.once('close', (code) => {
      if (result) resolve(result);
      else reject(new Error(`the process that was to ${task.task} a large cache ended with ${code}`));
    });
  });
}

/** Python's faiss-cpu on the same vectors and threads. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPython } from '../python-peer.ts';
import type { SearchTask } from './task.ts';

export interface PythonTimes {
  /** Seconds of each call. */
  readonly add: number;
  readonly search: number;
  /** int32 [queries, k] */
  readonly labels: Int32Array;
}

export interface PythonFaiss {
  measure(task: SearchTask): Promise<PythonTimes>;
  stop(): Promise<void>;
}

/** @param vectors handed over as files, once */
export async function startPythonFaiss(
  vectors: Pick<SearchTask, 'corpus' | 'queries'>,
  scratch: string,
  threads: number,
): Promise<PythonFaiss> {
  const file = (name: string): string => join(scratch, `${name}.bin`);
  await writeFile(file('corpus'), vectors.corpus);
  await writeFile(file('queries'), vectors.queries);
  const python = startPython('faiss_search.py', [String(threads)], threads);
  return {
    async measure({ factory, parameters, dimensions, k }) {
      const files = { corpus: file('corpus'), queries: file('queries'), labels: file('labels') };
      const { add = Number.NaN, search = Number.NaN } = await python.call('search', {
        factory,
        parameters,
        dimensions,
        k,
        ...files,
      });
      const labels = new Int32Array(new Uint8Array(await readFile(files.labels)).buffer);
      return { add, search, labels };
    },
    stop: () => python.stop(),
  };
}

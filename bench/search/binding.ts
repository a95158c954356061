/** The binding under measurement: one index trained, filled and searched, with the event loop watched meanwhile. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Index } from '../../native/faiss/index.ts';
import { secondsOf } from '../rounds.ts';
import type { SearchTask } from './task.ts';

export interface LoopLag {
  /** Milliseconds between two turns of the event loop that should be 1 ms apart. */
  readonly p99: number;
  readonly max: number;
}

export interface BindingTimes {
  /** Seconds of each call. */
  readonly add: number;
  readonly search: number;
  readonly lag: LoopLag;
  /** int32 [queries, k] */
  readonly labels: Int32Array;
}

export async function measureBinding({
  factory,
  parameters,
  dimensions,
  corpus,
  queries,
  k,
}: SearchTask): Promise<BindingTimes> {
  const index = Index.fromFactory(dimensions, factory, 'inner-product');
  try {
    await index.train(corpus);
    const add = await secondsOf(() => index.add(corpus));
    if (parameters !== '') await index.setParameters(parameters);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let labels: Int32Array = new Int32Array();
    delay.enable();
    const search = await secondsOf(async () => ({ labels } = await index.search(queries, k)));
    delay.disable();
    const lag = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
    return { add, search, lag, labels };
  } finally {
    index.dispose();
  }
}

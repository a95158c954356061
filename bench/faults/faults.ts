/** What a store that fails costs a run: the whole workflow with a share of its requests disturbed, and undisturbed. */
import { smallRun, writeRows } from '../../test/fixtures/small-run.ts';
import { FaultProxy } from '../../test/fixtures/fault-proxy.ts';
import { mixFaults } from '../../test/fixtures/mixed-faults.ts';
import { startTestStack, type TestStack } from '../../test/fixtures/test-stack.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import { silenceAwsNotice } from '../../workers/config.ts';
import { retrain } from '../../workflows/retrain.ts';
import type { Benchmark } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { exactly, summarize } from '../statistics.ts';

export const faults: Benchmark<'rows' | 'percent'> = {
  name: 'faults',
  summary: 'the whole workflow while requests to the store fail in every way, against the same undisturbed',
  sizes: {
    rows: { value: 240, description: 'rows of the run' },
    percent: { value: 5, description: 'requests of a hundred that meet a fault' },
  },
  rounds: 3,
  async run({ rounds, sizes, log }) {
    silenceAwsNotice();
    const stack = await startTestStack();
    const { hostname: host, port } = new URL(stack.stack.s3.endpoint);
    const proxy = await FaultProxy.before({ host, port: Number(port) });
    try {
      const input = smallRun(stack.path('rows.jsonl'));
      await writeRows(stack.path('rows.jsonl'), sizes.rows);
      const calm: StoredRun[] = [];
      const disturbed: StoredRun[] = [];
      let met = 0;
      for (let round = 0; round < rounds; round++) {
        log(`round ${round + 1}: undisturbed`);
        proxy.fault = () => null;
        calm.push(await runFromNothing(stack, proxy, `calm-${round}`, input));
        log(`round ${round + 1}: disturbed`);
        const mixed = mixFaults(sizes.percent / 100, round);
        proxy.fault = mixed.fault;
        disturbed.push(await runFromNothing(stack, proxy, `disturbed-${round}`, input));
        met += mixed.count();
      }
      const seconds = (runs: readonly StoredRun[]) => summarize(runs.map((run) => run.seconds));
      const requests = (runs: readonly StoredRun[]) => summarize(runs.map((run) => run.requests));
      const ratios = calm.map((run, round) => disturbed[round]!.seconds / run.seconds);
      const digests = new Set([...calm, ...disturbed].map((run) => run.digests));
      const figures = [
        figure('ratio', summarize(ratios), '', { is: '≤', bound: 1.5 }),
        figure('differentResults', exactly(digests.size - 1), '', { is: '=', bound: 0 }),
        figure('undisturbed.seconds', seconds(calm), 's'),
        figure('undisturbed.requests', requests(calm)),
        figure('disturbed.seconds', seconds(disturbed), 's'),
        figure('disturbed.requests', requests(disturbed)),
        figure('faults', exactly(met)),
      ];
      return {
        result: medians(figures),
        figures,
        notes: [
          `${sizes.rows} rows, all-MiniLM-L6-v2 at 64 tokens, 6 training steps, in an empty bucket each time`,
          'a proxy before SeaweedFS refuses, loses, cuts, stalls, slows, corrupts, never answers, or answers 301 to 503',
          'seconds are a client’s, from start to result; each fault costs at least its pause, however short the run is',
        ],
      };
    } finally {
      await stack.stop();
      await proxy.stop();
    }
  },
};

interface StoredRun {
  readonly seconds: number;
  readonly requests: number;
  /** Of what the run made, its record aside. */
  readonly digests: string;
}

/** Under a prefix of its own, so that nothing is recalled, by workers that have just started. */
async function runFromNothing(
  stack: TestStack,
  proxy: FaultProxy,
  name: string,
  input: RetrainInput,
): Promise<StoredRun> {
  const variables = { S3_ENDPOINT: proxy.endpoint, S3_PREFIX: `${name}/` };
  const workers = await Promise.all([
    stack.startWorker('cpu', `cpu-${name}`, variables),
    stack.startWorker('gpu', `gpu-${name}`, variables),
  ]);
  const requestsBefore = proxy.requests.length;
  const start = performance.now();
  const args: [RetrainInput] = [input];
  const result = await stack.client.workflow.execute(retrain, { workflowId: name, taskQueue: CPU_QUEUE, args });
  const seconds = (performance.now() - start) / 1_000;
  const requests = proxy.requests.length - requestsBefore;
  await Promise.all(workers.map((worker) => worker.stop()));
  // The record has times.
  const { record: _, ...made } = result.artifacts;
  const digests = Object.entries(made).map(([artifact, { sha256 }]) => `${artifact} ${sha256}`);
  return { seconds, requests, digests: digests.sort().join('\n') };
}

/** Child process of `embed-worker.ts`: serves until it is told to stop, sends what it measured, ends. */
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createCompactEmbeddings } from '../../activities/compact-embeddings.ts';
import { durable } from '../../activities/durable.ts';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { encoderCaches } from '../../adapters/embedding-cache/encoder-caches.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { StepRecords } from '../../adapters/step-records/step-records.ts';
import type { CpuActivities } from '../../contracts/activities.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { KEYLESS_SEALS } from '../../provenance/step-seal.ts';
import { RECORDED_ENVIRONMENT } from '../../test/fixtures/recorded-environment.ts';
import { storeWith } from '../../test/fixtures/store-with.ts';
import { silenceAwsNotice } from '../../workers/config.ts';
import { openStore } from '../cache/bucket.ts';
import { peakMiB } from '../cache/peak-memory.ts';
import { StandInEncoder } from '../cache/stand-in-encoder.ts';
import type { EmbedWorkerOptions, EmbedWorkerResult } from './embed-worker.ts';

// Also when the benchmark has gone, and nobody waits for the result.
process.once('disconnect', () => process.exit());
silenceAwsNotice();
Runtime.install({ logger: new DefaultLogger('WARN') });
const [options] = (await once(process, 'message')) as [EmbedWorkerOptions];
const { access, prefix, address, folder, dimensions } = options;

const counted = { plans: 0, segments: 0, keyRanges: 0 };
const stored = { plans: 0, segments: 0, merged: 0 };
let writing: 'segments' | 'merged' = 'segments';

/** Counts what is written and which key ranges are read. */
function counting(store: ObjectStore): ObjectStore {
  return storeWith(store, {
    getRange: async (key, start, end) => {
      if (key.startsWith('embeddings/')) counted.keyRanges++;
      return store.getRange(key, start, end);
    },
    putIfAbsent: async (key, body) => {
      const written = await store.putIfAbsent(key, body);
      const bytes = written && !('file' in body) ? body.length : 0;
      if (key.startsWith('embeddings/')) stored[writing] += bytes;
      if (key.startsWith('artifacts/')) stored.plans += bytes;
      return written;
    },
  });
}

const store = counting(openStore(access, prefix));
const warn = (message: string): void => console.error(message);
const artifacts = new ArtifactStore(store, join(folder, 'cache'));
const embeddings = encoderCaches(store, warn, join(folder, 'keys'));
const records = new StepRecords(artifacts, RECORDED_ENVIRONMENT, KEYLESS_SEALS, warn);
const encoder = new StandInEncoder(dimensions);
const planEmbedding = createPlanEmbedding({ artifacts, records, embeddings });
const encodeSegment = createEncodeSegment({ artifacts, embeddings, encoders: { use: (_, work) => work(encoder) } });
const compactEmbeddings = createCompactEmbeddings({ embeddings });
const activities = durable<Pick<CpuActivities, 'planEmbedding' | 'encodeSegment' | 'compactEmbeddings'>>({
  planEmbedding: async (input) => {
    counted.plans++;
    return planEmbedding(input);
  },
  encodeSegment: async (input) => {
    counted.segments++;
    return encodeSegment(input);
  },
  compactEmbeddings: async (input) => {
    writing = 'merged';
    return compactEmbeddings(input);
  },
});

const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue: CPU_QUEUE,
  workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
  activities,
  maxConcurrentActivityTaskExecutions: 16,
});
const running = worker.run();
const idleMiB = process.memoryUsage().rss / 2 ** 20;
const stop = once(process, 'message');
process.send?.('ready');
await stop;
worker.shutdown();
await running;
await connection.close();
const result: EmbedWorkerResult = { idleMiB, peakMiB: await peakMiB(), ...counted, stored };
process.send?.(result);
process.disconnect();

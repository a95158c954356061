/** What the `embed` workflow stores, holds in memory and writes into history for millions of texts. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, Connection } from '@temporalio/client';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { freePort } from '../../cli/stack/ports.ts';
import { startTemporal } from '../../cli/stack/temporal.ts';
import type { EmbedInput } from '../../contracts/activities.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import { encoderRefOf } from '../../test/fixtures/encoder-ref.ts';
import { fakeFileSet } from '../../test/fixtures/fake-ref.ts';
import { historiesOf, type HistorySize } from '../../test/fixtures/history-sizes.ts';
import { silenceAwsNotice } from '../../workers/config.ts';
import { embed as embedWorkflow } from '../../workflows/embed.ts';
import type { Benchmark, Report } from '../benchmark.ts';
import { openStore, startBucket } from '../cache/bucket.ts';
import { figure, medians } from '../figures.ts';
import { exactly } from '../statistics.ts';
import { startEmbedWorker, type EmbedWorkerResult } from './embed-worker.ts';

const PREFIX = 'embed/';
const WORKFLOW_ID = 'embed';

export const embed: Benchmark<'texts' | 'dimensions'> = {
  name: 'embed',
  summary: 'the embed workflow on millions of texts by an encoder that takes no time: bytes, memory, history',
  sizes: {
    texts: { value: 2_000_000, description: 'synthetic texts of about 115 characters' },
    dimensions: { value: 384, description: 'of the embeddings' },
  },
  rounds: 1,
  async run({ sizes: { texts, dimensions }, scratch, log }) {
    silenceAwsNotice();
    const bucket = await startBucket(scratch);
    const server = { stateDir: join(scratch, 'server'), port: await freePort(), uiPort: await freePort() };
    const temporal = await startTemporal(server);
    const connection = await Connection.connect({ address: temporal.address });
    try {
      const client = new Client({ connection });
      log(`storing ${texts} texts as a part`);
      const { input, textBytes } = await prepare(openStore(bucket.access, PREFIX), scratch, texts, dimensions);
      const worker = await startEmbedWorker({
        access: bucket.access,
        prefix: PREFIX,
        address: temporal.address,
        folder: join(scratch, 'worker'),
        dimensions,
      });
      log('embedding them');
      const start = performance.now();
      const { encoded } = await client.workflow.execute(embedWorkflow, {
        workflowId: WORKFLOW_ID,
        taskQueue: CPU_QUEUE,
        args: [input],
      });
      const seconds = (performance.now() - start) / 1_000;
      const measured = await worker.stop();
      const runs = await historiesOf(client, WORKFLOW_ID);
      return toReport({ texts, dimensions, textBytes, encoded, seconds, runs }, measured);
    } finally {
      await connection.close();
      await Promise.all([bucket.stop(), temporal.service.stop()]);
    }
  },
};

/** Writes the part by lines, so that no more than one is in memory. */
async function prepare(
  store: ReturnType<typeof openStore>,
  scratch: string,
  texts: number,
  dimensions: number,
): Promise<{ readonly input: EmbedInput; readonly textBytes: number }> {
  let textBytes = 0;
  function* lines(): Generator<string> {
    for (let row = 0; row < texts / 2; row++) {
      const pair = { query: syntheticText('Question', row), positive: syntheticText('Article', row) };
      textBytes += Buffer.byteLength(pair.query) + Buffer.byteLength(pair.positive);
      yield `${JSON.stringify(pair)}\n`;
    }
  }
  const path = join(scratch, 'part.jsonl');
  await pipeline(Readable.from(lines()), createWriteStream(path));
  const rows = await new ArtifactStore(store, join(scratch, 'cache')).putFile(path);
  const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions, maxSeqLength: 256 });
  const { embedding } = parseRetrainInput({});
  const run = { workflowId: 'bench', runId: 'bench' };
  const prefixes = { query: '', passage: '' };
  // As many lanes as a worker takes activities at once.
  return {
    input: { encoder, rows, prefixes, embedding: { ...embedding, parallelism: 16 }, step: 'embed-train', run },
    textBytes,
  };
}

/** As long as a short passage, and none like another. */
function syntheticText(word: string, index: number): string {
  return `${word} ${index} : le bailleur est tenu de remettre au locataire un logement décent, en bon état d'usage et de réparation.`;
}

interface EmbedRun {
  readonly texts: number;
  readonly dimensions: number;
  /** UTF-8, without anything between the texts. */
  readonly textBytes: number;
  readonly encoded: number;
  readonly seconds: number;
  readonly runs: readonly HistorySize[];
}

function toReport(
  { texts, dimensions, textBytes, encoded, seconds, runs }: EmbedRun,
  { idleMiB, peakMiB, plans, stored, keyRanges, segments }: EmbedWorkerResult,
): Report {
  const vectorBytes = texts * dimensions * 4;
  const figures = [
    figure('texts', exactly(texts)),
    figure('encoded', exactly(encoded), '', { is: '=', bound: texts }),
    figure('seconds', exactly(seconds), 's'),
    figure('plans', exactly(plans), '', { is: '=', bound: 2 }),
    figure('segments', exactly(segments)),
    figure('textBytes.raw', exactly(textBytes), 'B'),
    figure('textBytes.stored', exactly(stored.plans), 'B'),
    figure('textBytes.ratio', exactly(stored.plans / textBytes), '', { is: '≤', bound: 1.1 }),
    figure('vectorBytes.raw', exactly(vectorBytes), 'B'),
    figure('vectorBytes.stored', exactly(stored.segments), 'B'),
    figure('vectorBytes.ratio', exactly(stored.segments / vectorBytes), '', { is: '≤', bound: 1.1 }),
    figure('vectorBytes.mergedRatio', exactly(stored.merged / vectorBytes), '', { is: '≤', bound: 1.1 }),
    figure('keyRangesRead', exactly(keyRanges), '', { is: '=', bound: segments }),
    figure('worker.idleMiB', exactly(idleMiB), 'MiB'),
    figure('worker.peakMiB', exactly(peakMiB), 'MiB', { is: '≤', bound: 1_024 }),
    figure('history.runs', exactly(runs.length)),
    figure('history.events', exactly(runs.reduce((sum, run) => sum + run.events, 0))),
    figure('history.mostEvents', exactly(Math.max(...runs.map((run) => run.events))), '', { is: '≤', bound: 10_240 }),
    figure('history.largestEvent', exactly(Math.max(...runs.map((run) => run.largestEvent))), 'B', {
      is: '≤',
      bound: 100 << 10,
    }),
  ];
  return {
    result: medians(figures),
    figures,
    notes: [
      "the workflow and its activities as a worker runs them, on SeaweedFS and Temporal's dev server; 16 segments at once",
      'the encoder is StandInEncoder, which returns at once; a plan, its texts and its table are textBytes.stored',
      'the raw bytes are the least that has to be stored: texts in UTF-8, float32 vectors; a key adds 32 bytes a vector',
      'mergedRatio is what the compaction writes again, since the segments of one embedding count as small',
      'a worker has one peak of memory: plans, sixteen segments, the digest over all embeddings and the compaction',
      'within a run the parent gets signals too, each two events more here: twenty in the first run, a hundred later',
      'Temporal warns of a history of 10,240 events, and ends one of 51,200',
    ],
  };
}

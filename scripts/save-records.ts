/**
 * Saves finished runs as this version records them, for the test that every later version audits them clean: `npm run
 * record`. Real servers, workers and trainer, in two minutes; an archive that is there is kept, and never rewritten.
 *
 * Two signed runs of a model of 36 kB, with a guard set: the first is promoted; the second, with mined negatives, is
 * measured against it.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { packObjects } from '../adapters/archive/pack-objects.ts';
import { archivedObjects } from '../audit/archived-objects.ts';
import { AuditedRun } from '../audit/audited-run.ts';
import { findRecord } from '../cli/records/find-record.ts';
import { CPU_QUEUE } from '../contracts/queues.ts';
import type { RetrainInput } from '../contracts/retrain-input.ts';
import { modelFolder } from '../test/fixtures/exported-encoder.ts';
import { FakeHub, type FakeRepository } from '../test/fixtures/fake-hub.ts';
import { MODEL_COMMIT, modelRepository } from '../test/fixtures/hub-repositories.ts';
import { ROOT } from '../test/fixtures/paths.ts';
import { startTestStack } from '../test/fixtures/test-stack.ts';
import { retrain } from '../workflows/retrain.ts';

const [version] = process.argv.slice(2);
if (version === undefined) throw new Error('say which version it is: npm run record -- 0.1.0');
const path = `${ROOT}test/records/${version}.tar`;
if (existsSync(`${path}.gz`)) throw new Error(`${path}.gz is there already, and is never rewritten`);

const NIGHTS: Readonly<Record<string, RetrainInput['training']>> = {
  'night-1': { seed: 1 },
  'night-2': { seed: 1, hardNegatives: { rangeMin: 1, rangeMax: 20 } },
};
const DATA = { rows: 96, guards: 16 };

/**
 * Query and passage have the same five letters as often as each other, among digits that mean nothing: a model of 16
 * dimensions with random weights is led astray by the digits, and learns within seconds to leave them out.
 */
function repository(name: string, count: number, seed: number): FakeRepository {
  let state = seed;
  const below = (limit: number): number => (state = (state * 48_271) % 0x7fffffff) % limit;
  const digits = (): string => Array.from({ length: 6 + below(12) }, () => below(10)).join('');
  const rows = Array.from({ length: count }, () => {
    const weights = Array.from('abcde', (letter) => letter.repeat(below(4)));
    const letters = `${weights.join('')}a`;
    return { query: `${letters} ${digits()}`, input: `${letters} ${digits()}`, output: `${letters} ${digits()}` };
  });
  const columnData = (['query', 'input', 'output'] as const).map((column) => ({
    name: column,
    data: rows.map((row) => row[column]),
    type: 'STRING' as const,
  }));
  const files = { 'data/train-00000-of-00001.parquet': new Uint8Array(parquetWriteBuffer({ columnData })) };
  const commit = String(seed).repeat(40);
  return {
    repository: `datasets/fake/${name}`,
    license: 'cc0-1.0',
    commits: { [commit]: files },
    refs: { main: commit },
  };
}

function input(training: RetrainInput['training']): RetrainInput {
  const least = { minimumQueries: 2, minimumPassages: 2 };
  return {
    preset: 'demo',
    data: { source: 'hf://datasets/fake/letters', limit: null },
    split: { holdout: 0.5 },
    model: { source: `hf://fake/encoder@${MODEL_COMMIT}`, maxSeqLength: 64, queryPrefix: 'q: ' },
    embedding: { segmentTexts: 64 },
    evaluation: { miniNegatives: 3 },
    training: { batchSize: 8, maxSteps: 60, learningRate: 0.01, logSteps: 20, evalSteps: 20, ...training },
    gate: {
      confidence: 0.5,
      resamples: 1_000,
      primary: { smallestEffect: 1, ...least },
      guards: { sheets: { data: { source: 'hf://datasets/fake/sheets' }, tolerance: 0.9, ...least } },
    },
    tracking: { mode: 'offline' },
  };
}

const stack = await startTestStack();
try {
  const signer = generateKeyPairSync('ed25519');
  const ofModels = stack.path('models.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  await writeFile(ofModels, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const hub = await FakeHub.start(
    repository('letters', DATA.rows, 1),
    repository('sheets', DATA.guards, 2),
    await modelRepository(await modelFolder('tiny-bert')),
  );
  await Promise.all([
    stack.startWorker('cpu', 'cpu', {
      VEILLE_SIGNING_KEY: signer.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      VEILLE_MODEL_SIGNING_KEY_FILE: ofModels,
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_CACHE: stack.path('hub'),
    }),
    stack.startWorker('gpu'),
  ]);
  for (const [workflowId, training] of Object.entries(NIGHTS))
    await stack.client.workflow.execute(retrain, { workflowId, taskQueue: CPU_QUEUE, args: [input(training)] });
  const objects = new Map();
  for (const workflowId of Object.keys(NIGHTS)) {
    const record = await findRecord(stack.objects, { workflowId, runId: undefined });
    const run = new AuditedRun(record, stack.objects, stack.path('scratch'), new AbortController().signal);
    for (const object of await archivedObjects(run)) objects.set(object.key, object);
  }
  const signal = new AbortController().signal;
  const archive = stack.path('run.tar');
  await packObjects(stack.objects, [...objects.values()], archive, { onBytes: () => {}, signal });
  await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(archive), { level: 9 }));
  await writeFile(`${ROOT}test/records/${version}.pem`, signer.publicKey.export({ type: 'spki', format: 'pem' }));
  await hub.stop();
} finally {
  await stack.stop();
}

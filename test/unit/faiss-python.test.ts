/** Indexes cross between this binding and Python's faiss, and both find the same in them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Index, type Metric, setThreads } from '../../native/faiss/index.ts';
import { vectors } from './faiss-vectors.ts';

const python = fileURLToPath(new URL('../../trainer/.venv/bin/python', import.meta.url));

const DIMENSIONS = 32;
const K = 10;
const METRICS: readonly Metric[] = ['inner-product', 'l2'];
const CASES = [
  'Flat',
  'HNSW16',
  'IVF8,Flat',
  'IVF8,PQ8x4np',
  'PQ8x4np',
  'SQ8',
  'L2norm,Flat',
  'PCA16,IVF8,SQ8',
].flatMap((factory) =>
  METRICS.map((metric) => ({
    name: `${factory.replaceAll(',', '_')}.${metric}`,
    factory,
    metric,
    // Versions of FAISS differ in what a narrow search of a graph happens upon.
    parameters: factory.startsWith('HNSW') ? 'efSearch=128' : '',
  })),
);

/** For each case: makes an index of Python's own, and searches that one and the one written from here. */
const PROGRAM = `
import json, sys
import faiss, numpy
faiss.omp_set_num_threads(1)
read = lambda name: numpy.fromfile(name, "float32").reshape(-1, ${DIMENSIONS})
corpus, queries = read("corpus"), read("queries")
metrics = {"inner-product": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2}
for case in json.loads(sys.argv[1]):
    index = faiss.index_factory(${DIMENSIONS}, case["factory"], metrics[case["metric"]])
    index.train(corpus)
    index.add(corpus)
    faiss.write_index(index, case["name"] + ".python")
    for source in ("python", "node"):
        stored = faiss.read_index(case["name"] + "." + source)
        faiss.ParameterSpace().set_index_parameters(stored, case["parameters"])
        distances, labels = stored.search(queries, ${K})
        labels.astype("int32").tofile(case["name"] + "." + source + ".labels")
        distances.tofile(case["name"] + "." + source + ".distances")
`;

describe('an index', { skip: !existsSync(python) && 'no Python environment: npm run setup' }, () => {
  const corpus = vectors(1000, DIMENSIONS);
  const queries = vectors(50, DIMENSIONS, 2);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faiss-python-'));
    setThreads(1);
    await writeFile(join(folder, 'corpus'), corpus);
    await writeFile(join(folder, 'queries'), queries);
    for (const { name, factory, metric } of CASES) {
      const index = Index.fromFactory(DIMENSIONS, factory, metric);
      await index.train(corpus);
      await index.add(corpus);
      await index.write(join(folder, `${name}.node`));
    }
    await promisify(execFile)(python, ['-c', PROGRAM, JSON.stringify(CASES)], { cwd: folder });
  });
  after(() => rm(folder, { recursive: true }));

  for (const { name, factory, metric, parameters } of CASES) {
    for (const source of ['node', 'python']) {
      test(`${factory} by ${metric} that ${source} wrote gives both the same labels`, async () => {
        const { buffer } = new Uint8Array(await readFile(join(folder, `${name}.${source}.labels`)));
        const distances = new Float32Array(
          new Uint8Array(await readFile(join(folder, `${name}.${source}.distances`))).buffer,
        );
        const index = await Index.read(join(folder, `${name}.${source}`));
        assert.equal(index.metric, metric);
        await index.setParameters(parameters);
        const found = await index.search(queries, K);
        assert.deepEqual(found.labels, new Int32Array(buffer));
        for (const [i, distance] of found.distances.entries()) assert.ok(Math.abs(distance - distances[i]!) < 1e-4);
      });
    }
  }
});

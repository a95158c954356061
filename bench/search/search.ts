/** The FAISS binding beside Python's faiss-cpu: exact search, and the two usual approximate indexes. */
import { faissVersion, setThreads } from '../../native/faiss/index.ts';
import type { Benchmark } from '../benchmark.ts';
import { alternate } from '../rounds.ts';
import { measureBinding } from './binding.ts';
import { startPythonFaiss } from './python-faiss.ts';
import { toReport, type SearchRounds } from './report.ts';
import { unitVectors } from './vectors.ts';

const THREADS = 2;
const K = 10;
const EXACT = { factory: 'Flat', parameters: '' };
/** Searched as widely as finds most of the nearest. */
const APPROXIMATE = [
  { factory: 'HNSW32', parameters: 'efSearch=16' },
  { factory: 'IVF64,Flat', parameters: 'nprobe=16' },
];

export const search: Benchmark<'size' | 'dimensions'> = {
  name: 'search',
  summary: "the FAISS binding, against Python's faiss-cpu: add, search, and how long the event loop waits",
  sizes: {
    size: { value: 8_000, description: 'vectors to add, and as many to search for' },
    dimensions: { value: 1_024, description: 'values of a vector' },
  },
  rounds: 5,
  async run({ rounds, sizes: { size, dimensions }, scratch, log }) {
    setThreads(THREADS);
    const corpus = unitVectors(size, dimensions, 0);
    const queries = unitVectors(size, dimensions, size);
    const python = await startPythonFaiss({ corpus, queries }, scratch, THREADS);
    const measure = async (kind: typeof EXACT): Promise<SearchRounds> => {
      const { factory } = kind;
      const task = { ...kind, dimensions, corpus, queries, k: K };
      const subjects = { ours: () => measureBinding(task), theirs: () => python.measure(task) };
      // The first run of a process pays for its libraries' buffers and threads.
      await alternate(1, subjects, (line) => log(`${factory}, warming up, ${line}`));
      return { factory, ...(await alternate(rounds, subjects, (line) => log(`${factory}, ${line}`))) };
    };
    try {
      const exact = await measure(EXACT);
      const others: SearchRounds[] = [];
      for (const kind of APPROXIMATE) others.push(await measure(kind));
      return toReport(exact, others, K, [
        `${size} × ${dimensions} float32 by inner product, ${size} queries at once, k ${K}, ${THREADS} threads each`,
        `ours is FAISS ${faissVersion()} as Debian compiles it, without AVX2; Python's wheel picks code for the CPU`,
        'ratios are of seconds, ours by Python’s; sameLabels is the share of equal labels of the exact search',
        'loop lag is that of the exact search: from turn to turn of the event loop, 1 ms when it is idle',
        `${APPROXIMATE.map(({ factory, parameters }) => `${factory} with ${parameters}`).join(', ')}: recall is against the exact labels`,
        'the vectors are synthetic, of 32 intrinsic dimensions',
      ]);
    } finally {
      await python.stop();
    }
  },
};

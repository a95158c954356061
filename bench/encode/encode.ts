/** Texts a second of the encoder, beside sentence-transformers and beside what the machine can multiply. */
import type { Benchmark } from '../benchmark.ts';
import { legalPairs } from '../legal-texts.ts';
import { alternate } from '../rounds.ts';
import { toReport } from './report.ts';
import { openSubjects } from './subjects.ts';

const THREADS = 2;

export const encode: Benchmark<'size'> = {
  name: 'encode',
  summary: 'texts a second of the encoder, against sentence-transformers and against a matrix product',
  sizes: { size: { value: 2_000, description: 'French legal passages to encode' } },
  rounds: 3,
  async run({ rounds, sizes, scratch, log }) {
    const texts = (await legalPairs(sizes.size)).map(({ positive }) => positive);
    log('loading the encoder and its peers');
    const subjects = await openSubjects(texts, scratch, THREADS);
    try {
      const measured = await alternate(rounds, subjects.measures, log);
      return toReport(measured, {
        texts: texts.length,
        threads: THREADS,
        flop: subjects.flop,
        paddedTokens: subjects.paddedTokens,
        cosineMin: await subjects.leastCosine('ours'),
        int8CosineMin: await subjects.leastCosine('int8'),
      });
    } finally {
      await subjects.stop();
    }
  },
};

/** What the embedding cache saves and what it costs, on a real SeaweedFS. */
import { join } from 'node:path';
import { silenceAwsNotice } from '../../workers/config.ts';
import type { Benchmark, Report } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { miniLm } from '../mini-lm.ts';
import { exactly, summarize } from '../statistics.ts';
import { openStore, startBucket } from './bucket.ts';
import { growingCorpus, type GrowingCorpus } from './growing-corpus.ts';
import { runLargeCache, type LargeCacheResult } from './large-cache.ts';
import { threeNights, type ThreeNights } from './three-nights.ts';

const THREADS = 2;

export const cache: Benchmark<'size' | 'lookup'> = {
  name: 'cache',
  summary: 'the embed step on an empty, a full and a nearly full cache on SeaweedFS, and a lookup of a million texts',
  sizes: {
    size: { value: 1_000, description: 'real texts, encoded by the real model' },
    lookup: { value: 1_000_000, description: 'synthetic texts of the large cache' },
  },
  rounds: 3,
  async run({ rounds, sizes, scratch, log }) {
    silenceAwsNotice();
    const { size, lookup: texts } = sizes;
    const model = await miniLm(scratch);
    const corpus = await growingCorpus(size);
    const bucket = await startBucket(scratch);
    const { access } = bucket;
    const options = { folder: join(scratch, 'worker'), threads: THREADS, warn: log };
    try {
      const nights: ThreeNights[] = [];
      for (let round = 0; round < rounds; round++) {
        log(`round ${round + 1} of ${rounds}: empty, full, one per cent new`);
        nights.push(await threeNights(openStore(access, `round-${round}/`), model, corpus, options));
      }
      log(`storing ${texts} synthetic texts`);
      const filled = await runLargeCache({ task: 'fill', access, texts });
      const lookups: LargeCacheResult[] = [];
      for (let round = 0; round < rounds; round++) {
        log(`round ${round + 1} of ${rounds}: looking ${texts} texts up`);
        lookups.push(await runLargeCache({ task: 'lookup', access, texts }));
      }
      return toReport(corpus, nights, filled, lookups, texts);
    } finally {
      await bucket.stop();
    }
  },
};

function toReport(
  { newTexts }: GrowingCorpus,
  nights: readonly ThreeNights[],
  filled: LargeCacheResult,
  lookups: readonly LargeCacheResult[],
  lookupTexts: number,
): Report {
  const of = (night: keyof ThreeNights, value: 'texts' | 'encoded' | 'seconds') =>
    summarize(nights.map((round) => round[night][value]));
  const figures = [
    figure('texts', of('cold', 'texts')),
    figure('coldSeconds', of('cold', 'seconds'), 's'),
    figure('warmSeconds', of('warm', 'seconds'), 's'),
    figure('warmTextsEncoded', of('warm', 'encoded'), '', { is: '=', bound: 0 }),
    figure('incremental.newTexts', exactly(newTexts)),
    figure('incremental.textsEncoded', of('incremental', 'encoded'), '', { is: '=', bound: newTexts }),
    figure('incremental.seconds', of('incremental', 'seconds'), 's'),
    figure('lookupTexts', exactly(lookupTexts)),
    figure('lookupSegments', exactly(filled.segments)),
    figure('lookupMissing', summarize(lookups.map(({ missing }) => missing)), '', { is: '=', bound: 0 }),
    figure('lookupMillionSeconds', summarize(lookups.map(({ seconds }) => seconds)), 's'),
    figure('peakMiBMillion', summarize(lookups.map(({ peakMiB }) => peakMiB)), 'MiB'),
    figure('fillMillionSeconds', exactly(filled.seconds), 's'),
    figure('fillPeakMiBMillion', exactly(filled.peakMiB), 'MiB'),
  ];
  return {
    result: medians(figures),
    figures,
    notes: [
      `cold, warm and incremental: the embed step's own activities and all-MiniLM-L6-v2 on ${THREADS} threads`,
      'each as a worker that has just started: cold downloads the model, cold and incremental load it, warm does not',
      `the large cache is filled by StandInEncoder, which returns at once: ${lookupTexts} texts of about 115 characters`,
      'a lookup hashes the texts, lists the segments and reads their key ranges; its peak is that of its whole process',
    ],
  };
}

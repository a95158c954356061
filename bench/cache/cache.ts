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
    size: { value: 3_000, description: 'real texts, encoded by the real model' },
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
      const lookUp = async (round: number): Promise<LargeCacheResult> => {
        log(`round ${round + 1} of ${rounds}: looking ${texts} texts up`);
        return runLargeCache({ task: 'lookup', access, texts });
      };
      const lookups: LargeCacheResult[] = [];
      for (let round = 0; round < rounds; round++) lookups.push(await lookUp(round));
      log('merging its segments');
      const compacted = await runLargeCache({ task: 'compact', access, texts });
      const afterwards: LargeCacheResult[] = [];
      for (let round = 0; round < rounds; round++) afterwards.push(await lookUp(round));
      return toReport(corpus, nights, { texts, filled, lookups, compacted, afterwards });
    } finally {
      await bucket.stop();
    }
  },
};

/** What the processes of the large cache measured. */
interface LargeCache {
  readonly texts: number;
  readonly filled: LargeCacheResult;
  readonly lookups: readonly LargeCacheResult[];
  readonly compacted: LargeCacheResult;
  readonly afterwards: readonly LargeCacheResult[];
}

function toReport(
  { newTexts }: GrowingCorpus,
  nights: readonly ThreeNights[],
  { texts, filled, lookups, compacted, afterwards }: LargeCache,
): Report {
  const of = (night: keyof ThreeNights, value: 'texts' | 'encoded' | 'seconds') =>
    summarize(nights.map((round) => round[night][value]));
  const share = (night: keyof ThreeNights) =>
    summarize(nights.map((round) => round[night].seconds / round.cold.seconds));
  const missing = [...lookups, ...afterwards].map((result) => result.missing);
  const figures = [
    figure('texts', of('cold', 'texts')),
    figure('coldSeconds', of('cold', 'seconds'), 's'),
    figure('warmSeconds', of('warm', 'seconds'), 's'),
    figure('warmTextsEncoded', of('warm', 'encoded'), '', { is: '=', bound: 0 }),
    figure('incremental.newTexts', exactly(newTexts)),
    figure('incremental.textsEncoded', of('incremental', 'encoded'), '', { is: '=', bound: newTexts }),
    figure('incremental.seconds', of('incremental', 'seconds'), 's'),
    figure('warmShare', share('warm'), '', { is: '≤', bound: 0.02 }),
    figure('incremental.share', share('incremental'), '', { is: '≤', bound: 0.03 }),
    figure('lookupTexts', exactly(texts)),
    figure('lookupSegments', exactly(filled.segments)),
    figure('lookupMissing', summarize(missing), '', { is: '=', bound: 0 }),
    figure('lookupMillionSeconds', summarize(lookups.map(({ seconds }) => seconds)), 's'),
    figure('peakMiBMillion', summarize(lookups.map(({ peakMiB }) => peakMiB)), 'MiB', { is: '≤', bound: 1_024 }),
    figure('fillMillionSeconds', exactly(filled.seconds), 's'),
    figure('fillPeakMiBMillion', exactly(filled.peakMiB), 'MiB', { is: '≤', bound: 1_024 }),
    figure('compactMillionSeconds', exactly(compacted.seconds), 's'),
    figure('compactPeakMiBMillion', exactly(compacted.peakMiB), 'MiB', { is: '≤', bound: 1_024 }),
    figure('compactedSegments', exactly(compacted.segments)),
    figure('lookupCompactedSeconds', summarize(afterwards.map(({ seconds }) => seconds)), 's'),
  ];
  return {
    result: medians(figures),
    figures,
    notes: [
      `cold, warm and incremental: the embed step's own activities and all-MiniLM-L6-v2 on ${THREADS} threads`,
      'each as a worker that has just started: cold downloads the model, cold and incremental load it, warm does not',
      `the large cache is filled by StandInEncoder, which returns at once: ${texts} texts of about 115 characters`,
      'a lookup hashes the texts, lists the segments and reads their key ranges; its peak is that of its whole process',
      'compact merges all small segments and, as if an hour had passed, removes them',
    ],
  };
}

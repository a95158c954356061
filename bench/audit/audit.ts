/** Verification of stored objects beside the limits of disk and hash, and a deep audit of a whole run. */
import { join } from 'node:path';
import { silenceAwsNotice } from '../../workers/config.ts';
import type { Benchmark } from '../benchmark.ts';
import { openStore, startBucket } from '../cache/bucket.ts';
import { figure, medians } from '../figures.ts';
import { ratioOfMedians, summarize } from '../statistics.ts';
import { measureDeep } from './deep.ts';
import { measureThroughput, storeObjects } from './throughput.ts';

const MIB = 1 << 20;

export const audit: Benchmark<'objects' | 'size'> = {
  name: 'audit',
  summary: 'verifying stored objects, against reading and hashing alone; a deep audit of a run, in seconds',
  sizes: {
    objects: { value: 16, description: 'objects of 32 MiB to verify' },
    size: { value: 240, description: 'rows of the run that is audited' },
  },
  rounds: 5,
  async run({ rounds, sizes: { objects, size }, scratch, log }) {
    silenceAwsNotice();
    const bucket = await startBucket(join(scratch, 'bucket'));
    try {
      log(`storing ${objects} objects`);
      const task = await storeObjects(openStore(bucket.access, 'audit/'), join(scratch, 'cache'), objects);
      const { verify, read, hash } = await measureThroughput(task, rounds, log);
      const deep = await measureDeep(size, rounds, log);
      const rate = (seconds: readonly number[]) => summarize(seconds.map((one) => task.bytes / MIB / one));
      // Whichever is slower by its median is the limit.
      const limit = summarize(read).median >= summarize(hash).median ? read : hash;
      const figures = [
        figure('mibPerSecond', rate(verify), 'MiB/s'),
        figure('ratioToLimit', ratioOfMedians(limit, verify), '', { is: '≥', bound: 0.6 }),
        figure('limits.readMibPerSecond', rate(read), 'MiB/s'),
        figure('limits.sha256MibPerSecond', rate(hash), 'MiB/s'),
        figure('deepSeconds', summarize(deep), 's'),
      ];
      return {
        result: medians(figures),
        figures,
        notes: [
          `${objects} objects of 32 MiB out of SeaweedFS on this machine, most likely out of the page cache`,
          'the limit is the slower of reading the same objects, as many at a time, and sha256 of as many bytes in memory',
          `deepSeconds is of a run of ${size} rows, all-MiniLM-L6-v2 at 64 tokens, from the bucket, by auditRun`,
        ],
      };
    } finally {
      await bucket.stop();
    }
  },
};

/** How long a deep audit of a run takes, from the bucket that the run left. */
import { auditRun } from '../../audit/audit-run.ts';
import { findRuns } from '../../audit/find-runs.ts';
import { smallRun, writeRows } from '../../test/fixtures/small-run.ts';
import { startTestStack } from '../../test/fixtures/test-stack.ts';
import { timeRun } from '../noop/timed-run.ts';
import { secondsOf } from '../rounds.ts';

/** @returns seconds, round by round */
export async function measureDeep(rows: number, rounds: number, log: (line: string) => void): Promise<number[]> {
  const stack = await startTestStack();
  try {
    await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu')]);
    const source = stack.path('rows.jsonl');
    await writeRows(source, rows);
    log(`a run of ${rows} rows, to be audited`);
    await timeRun(stack, 'audited', smallRun(source));
    const [run] = await findRuns(stack.objects);
    if (!run) throw new Error('the run left no record');
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      log(`round ${round + 1} of ${rounds}: deep audit`);
      const options = {
        deep: true,
        scratch: stack.path(`audit-${round}`),
        keys: [],
        requireSignature: false,
        allowUnsigned: true,
        only: null,
        tsaCertificate: null,
        computed: new Map(),
        codeSources: null,
        verified: { has: async () => false, add: async () => {} },
        onBytes: () => {},
        onCheck: () => {},
        signal: new AbortController().signal,
      };
      seconds.push(
        await secondsOf(async () => {
          const { state, checks } = await auditRun(stack.objects, run, options);
          if (state !== 'clean') throw new Error(`the run is ${state}: ${JSON.stringify(checks)}`);
        }),
      );
    }
    return seconds;
  } finally {
    await stack.stop();
  }
}

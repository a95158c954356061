/** Runs that earlier versions have recorded audit clean, to the ranks. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { auditRun, type RunAudit } from '../../audit/audit-run.ts';
import { championDifferences } from '../../audit/champions.ts';
import { ROOT } from '../fixtures/paths.ts';
import { savedRuns, storeOf } from '../fixtures/saved-runs.ts';

const VERSIONS = (await readdir(`${ROOT}test/records`)).flatMap((name) => name.match(/^(.+)\.tar\.gz$/)?.[1] ?? []);

/** What is not as it should be. */
function wrong({ checks }: RunAudit): unknown[] {
  return checks.filter(({ state }) => state !== 'ok');
}

describe('runs that an earlier version has recorded', () => {
  it('are there', () => assert.ok(VERSIONS.length >= 1));

  for (const version of VERSIONS) {
    it(`audit clean to the ranks: ${version}`, async () => {
      const scratch = await mkdtemp(join(tmpdir(), 'veille-earlier-'));
      try {
        const { objects, runs, publicKey } = await savedRuns(version);
        const store = await storeOf(objects);
        assert.ok(runs.length >= 1);
        for (const run of runs) {
          const audit = await auditRun(store, run, {
            deep: true,
            only: null,
            tsaCertificate: null,
            computed: new Map(),
            codeSources: null,
            keys: [publicKey],
            requireSignature: true,
            allowUnsigned: false,
            scratch,
            verified: { has: async () => false, add: async () => {} },
            onBytes() {},
            onCheck() {},
            signal: new AbortController().signal,
          });
          assert.deepEqual(wrong(audit), []);
          assert.equal(audit.state, 'clean');
        }
        assert.deepEqual((await championDifferences(store)).differences, []);
      } finally {
        await rm(scratch, { recursive: true });
      }
    });
  }
});

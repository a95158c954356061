/** Audits every run of a bucket; an object that several runs share is read once. */
import { withScratch } from '../activities/scratch.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Provenance } from '../contracts/artifact.ts';
import { RUN_FILES, runFolder } from '../contracts/run-record.ts';
import { type AuditOptions, auditRun, type RunAudit } from './audit-run.ts';
import type { SweepState } from './sweep-state.ts';

/** A run of a sweep. */
export interface SweptRun {
  readonly run: Provenance;
  /** Null: the interrupted sweep that this one goes on from had found it clean. */
  readonly audit: RunAudit | null;
}

/**
 * One run after the other, each as soon as it is done.
 *
 * @throws what the store throws when it can't be reached; the signal's reason
 */
export async function* sweep(
  store: ObjectStore,
  runs: readonly Provenance[],
  state: SweepState,
  options: Omit<AuditOptions, 'verified'>,
): AsyncGenerator<SweptRun> {
  for (const run of runs) {
    const key = `${runFolder(run)}${RUN_FILES.record}`;
    if (await state.hasRun(key)) {
      yield { run, audit: null };
      continue;
    }
    const audit = await withScratch(options.scratch, 'run', (scratch) =>
      auditRun(store, run, { ...options, scratch, verified: state }),
    );
    if (audit.state === 'clean') await state.addRun(key);
    yield { run, audit };
  }
  await state.close();
}

/** Check `chain`: each input of a step is an output of a step before it, or a source that the record pins. */
import type { RunRecord } from '../../contracts/run-record.ts';
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { pinnedSources } from '../pinned-sources.ts';
import { stepAt } from '../step-results.ts';

export async function checkChain(run: AuditedRun): Promise<Finding> {
  const { steps } = run.record;
  const sources = await pinnedSources(run);
  const known = new Set(sources.digests);
  const parts = partsOf(run.record);
  const differences: Difference[] = [...sources.differences];
  for (const step of steps) {
    for (const [name, digest] of Object.entries(step.inputs)) {
      const part = parts[name];
      if (part ? part.includes(digest) : known.has(digest)) continue;
      differences.push({
        object: step.record.key,
        place: `inputs.${name}`,
        expected: part ? `the ${name} part, ${part.join(' or ')}` : 'an output of a step before it, or a source',
        found: part ? digest : `${digest}, which comes from nowhere`,
      });
    }
    for (const digest of Object.values(step.outputs)) known.add(digest);
  }
  const count = steps.reduce((sum, { inputs }) => sum + Object.keys(inputs).length, 0);
  return { count, unit: 'inputs', bytes: null, note: sources.note, differences };
}

/** By the name of an input, the digests that it may have: a step that learns never reads the part that is measured on. */
function partsOf(record: RunRecord): Readonly<Record<string, readonly string[]>> {
  const split = stepAt(record, 'split', 'split')?.result;
  if (!split) return {};
  const mined = stepAt(record, 'mine-negatives', 'mine-negatives')?.result;
  return {
    train: [split.train.sha256, ...(mined ? [mined.train.sha256] : [])],
    dev: [split.dev.sha256],
    test: [split.test.sha256],
    candidateTrain: [split.train.sha256],
    candidateDev: [split.dev.sha256],
  };
}

/** Check `split`: the parts hold the rows that the record says, and share the passages that it says; deep: they are cut anew. */
import { fromJsonLines, toJsonLines } from '../../activities/json-lines.ts';
import { cutParts } from '../../activities/split-data.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import type { SplitResult } from '../../contracts/steps.ts';
import { counted } from '../../contracts/count.ts';
import { digestOf } from '../../core/canonical.ts';
import type { Pair } from '../../core/clean.ts';
import { countSharedPassages } from '../../core/corpus.ts';
import { textIdentity } from '../../core/normalize-text.ts';
import type { AuditedRun } from '../audited-run.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { firstByte, firstDifference } from '../first-difference.ts';
import { type Made, stepAt } from '../step-results.ts';

const PARTS = ['train', 'dev', 'test'] as const;

/** @throws ArtifactLostError when a part or the data file is missing or damaged */
export async function checkSplit(run: AuditedRun, deep: boolean): Promise<Finding> {
  const { record } = run;
  const step = stepAt(record, 'split', 'split');
  if (!step) throw new NotChecked('the record has no step split');
  const { result } = step;
  const bytes = await Promise.all(PARTS.map((part) => run.artifacts.getBytes(result[part])));
  const pairs = bytes.map((part) => fromJsonLines<Pair>(part));
  const recounted = {
    membership: digestOf({ train: result.train.sha256, dev: result.dev.sha256, test: result.test.sha256 }),
    rule: record.config.split.strategy,
    sharedPassages: countSharedPassages(pairs),
    rows: Object.fromEntries(PARTS.map((part, index) => [part, pairs[index]?.length])),
    cleaning: result.cleaning,
    ...(result.profile && { profile: result.profile }),
  };
  const alike = countSharedPassages(pairs, textIdentity);
  const differences = [
    firstDifference(run.key(RUN_FILES.record), recounted, record.split, 'split'),
    // Of the parts alone, without the rows that they were cut from.
    result.profile
      ? firstDifference(step.record.key, alike, result.profile.sharedPassages, 'result.profile.sharedPassages')
      : null,
    ...(deep ? await cutAnew(run, step, bytes) : []),
  ];
  return {
    count: pairs.reduce((sum, { length }) => sum + length, 0),
    unit: 'rows',
    bytes: bytes.reduce((sum, { length }) => sum + length, 0),
    note: shared(record.split, alike),
    differences: differences.filter((difference) => difference !== null),
  };
}

function shared({ rule, sharedPassages }: RunRecord['split'], alike: number): string {
  const respelled = alike > sharedPassages ? `; ${alike} where two spellings of a text count as one` : '';
  if (sharedPassages === 0) return `no passage in two parts${respelled}`;
  return `${counted(sharedPassages, 'passage')} in more than one part, as the rule ${rule} allows${respelled}`;
}

async function cutAnew(
  { record, artifacts }: AuditedRun,
  { result: stored, version }: Made<SplitResult>,
  bytes: readonly Uint8Array[],
): Promise<(Difference | null)[]> {
  const { sources, config } = record;
  const { source, columns, limit, dropDuplicates } = config.data;
  const rule = { source, columns, limit, dropDuplicates, split: config.split };
  const { cleaning, profile, ...parts } = await artifacts.withFile(sources.data, (file) =>
    cutParts(file, sources.data.format, rule, version === 1 ? 1 : 2),
  );
  return [
    ...PARTS.map((part, index) => firstByte(stored[part].key, toJsonLines(parts[part]), bytes[index]!)),
    firstDifference(sources.data.key, cleaning, stored.cleaning, 'cleaning'),
    stored.profile ? firstDifference(sources.data.key, profile, stored.profile, 'profile') : null,
  ];
}

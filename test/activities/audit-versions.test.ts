/** Audits of steps of earlier versions: each is recomputed by the definition that it was made by. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBuildIndex } from '../../activities/build-index.ts';
import { measureRetrieval } from '../../activities/evaluate-retrieval.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import { verdictOn } from '../../activities/gate-verdict.ts';
import { createJudgeCandidate, judgeStep } from '../../activities/judge-candidate.ts';
import { cutParts, storeParts } from '../../activities/split-data.ts';
import { readPartTexts } from '../../activities/part-texts.ts';
import { AuditedRun } from '../../audit/audited-run.ts';
import { checkRanks } from '../../audit/checks/ranks.ts';
import { checkSplit } from '../../audit/checks/split.ts';
import { verdictDifference } from '../../audit/verdict-difference.ts';
import { gateRule, gateSection } from '../../contracts/gate.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { digestOf } from '../../core/canonical.ts';
import type { JudgeInput } from '../../contracts/gate-activities.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RecordedStep, RunRecord } from '../../contracts/run-record.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';
import { cacheEmbeddings } from '../fixtures/cached-embeddings.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { fakeFileSet } from '../fixtures/fake-ref.ts';
import { runRecordOf } from '../fixtures/run-record.ts';

const PREFIXES = { query: '', passage: '' };
const OPTIONS = { seed: 123, miniNegatives: 5, bm25: false };
const encoder = encoderRefOf(fakeFileSet('model.onnx'), { dimensions: 4, maxSeqLength: 8 });
const PAIRS = Array.from({ length: 240 }, (_, row) => ({ query: `Question ${row}`, positive: `Passage ${row}` }));

function audited(deps: TestDeps, steps: RecordedStep[], changes: Partial<RunRecord> = {}): AuditedRun {
  const record = { ...runRecordOf(), steps, ...changes };
  return new AuditedRun(record, deps.store, deps.folder, new AbortController().signal);
}

/** A step of a recorded run with other contents. */
function stepOf(step: StepName, changes: Partial<RecordedStep>): RecordedStep {
  const recorded = runRecordOf().steps.find((one) => one.step === step);
  assert.ok(recorded);
  return { ...recorded, ...changes };
}

it('ranks of version 1 are clean as version 1, and differ as version 2', async () => {
  const deps = activityDeps();
  const generator = new NumpyGenerator(1);
  const drawn = Array.from({ length: 60 }, () => {
    const values = [...generator.random(4)].map((value) => value - 0.5);
    return values.map((value) => Math.fround(value / Math.hypot(...values)));
  });
  const vectors = new Map(
    PAIRS.flatMap(({ query, positive }, row) => [
      [query, drawn[(row * 7) % 60]!],
      // Four passages are as near as each other.
      [positive, drawn[row % 60]!],
    ]),
  );
  await cacheEmbeddings(deps, encoder, vectors);
  const part = { ...(await deps.artifacts.putBytes(toJsonLines(PAIRS))), rows: PAIRS.length };
  const indexing = { encoder, test: part, prefixes: PREFIXES, factory: 'Flat', step: 'index-base' as const };
  const { result: index } = await runActivity(createBuildIndex(deps), indexing);
  const texts = await readPartTexts(deps.artifacts, part, PREFIXES);
  const inputs = { encoder: encoder.digest, test: part.sha256, index: index.index.sha256 };
  const config = { ...runRecordOf().config, evaluation: OPTIONS };
  for (const made of [1, 2] as const) {
    const { metrics, perQuery } = await deps.artifacts.withFile(index.index, (file) =>
      measureRetrieval(deps.embeddings(encoder), texts, { file, factory: 'Flat' }, OPTIONS, made),
    );
    const result = { metrics, perQuery: await deps.artifacts.putBytes(toJsonLines(perQuery)) };
    for (const version of [1, 2]) {
      const evaluate = { version, inputs, parameters: { prefixes: PREFIXES }, result };
      const steps = [stepOf('index-base', { result: index }), stepOf('evaluate-base', evaluate)];
      const { differences } = await checkRanks(audited(deps, steps, { config }));
      assert.equal(differences.length, made === version ? 0 : 1, `made by ${made}, recorded as ${version}`);
    }
  }
});

describe('a verdict', () => {
  it('of each version is clean, and none passes for another', async () => {
    const deps = activityDeps();
    const put = (values: readonly unknown[]) => deps.artifacts.putBytes(toJsonLines(values));
    const side = async (rank: (row: number) => number) => {
      const perQuery = await put(PAIRS.map((_, row) => ({ rank: rank(row) })));
      return { evaluation: { metrics: {}, perQuery }, guards: {} };
    };
    const input: JudgeInput = {
      gate: gateSection.parse({ resamples: 1_000 }),
      test: await put(PAIRS),
      champion: null,
      reference: await side(() => 3),
      tuned: await side((row) => (row % 4 === 0 ? 4 : 2)),
    };
    const respelled = PAIRS.slice(0, 30).map(({ query, positive }) => ({ query: `${query}\u200b`, positive }));
    const seen = { train: await put([...PAIRS.slice(30, 50), ...respelled]), dev: await put([]) };
    const evidence = {
      rule: gateRule.parse(input.gate),
      test: input.test,
      ranks: { champion: input.reference.evaluation.perQuery, candidate: input.tuned.evaluation.perQuery },
      guards: {},
    };
    const { inputs, parameters } = judgeStep({ ...input, seen }).identity;
    const versions = [
      { candidate: null, spelling: 'exact' },
      { candidate: [seen.train, seen.dev], spelling: 'exact' },
      { candidate: [seen.train, seen.dev], spelling: 'unified' },
    ] as const;
    for (const [index, parts] of versions.entries()) {
      const judged = await verdictOn(
        deps.artifacts,
        { ...evidence, seen: { champion: null, ...parts } },
        new AbortController().signal,
      );
      const result = { ...judged, reference: { kind: 'base' as const } };
      assert.equal(result.leftOut, [0, 20, 50][index]);
      for (const version of [index + 1, ((index + 1) % 3) + 1]) {
        const step = stepOf('judge', { version, inputs, parameters, result });
        const difference = await verdictDifference(audited(deps, [step], { gate: result }));
        assert.equal(difference === null, version === index + 1, `made by ${index + 1}, recorded as ${version}`);
      }
    }
    const { result } = await runActivity(createJudgeCandidate(deps), { ...input, seen });
    assert.equal(result.leftOut, 50);
  });
});

it('a grouped split of version 1 is clean as version 1, and one of version 2 as version 2, in an audit that says so', async () => {
  const deps = activityDeps();
  const rows = Array.from({ length: 120 }, (_, row) => {
    const text = `Le délai numéro ${Math.floor(row / 3)}`;
    return { query: `Question ${row} ?`, output: row % 3 === 1 ? text.normalize('NFD') : text };
  });
  const data = { ...(await deps.artifacts.putBytes(toJsonLines(rows))), format: 'jsonl' as const };
  const config = parseRetrainInput({
    data: { source: 'rows.jsonl', columns: { passage: ['output'], article: null } },
    model: { source: './models/base' },
    split: { strategy: 'grouped' },
  });
  const rule = { ...config.data, split: config.split };
  for (const made of [1, 2] as const) {
    const cut = await deps.artifacts.withFile(data, (file) => cutParts(file, 'jsonl', rule, made));
    const stored = await storeParts((bytes) => deps.artifacts.putBytes(bytes), cut);
    const { profile, ...rest } = stored;
    const result = made === 1 ? rest : stored;
    const { train, dev, test, sharedPassages, cleaning } = result;
    const split: RunRecord['split'] = {
      membership: digestOf({ train: train.sha256, dev: dev.sha256, test: test.sha256 }),
      rule: 'grouped',
      sharedPassages,
      rows: { train: train.rows, dev: dev.rows, test: test.rows },
      cleaning,
      ...(made === 2 && profile && { profile }),
    };
    const check = (version: number, changes: Partial<RunRecord> = {}) => {
      const sources = { ...runRecordOf().sources, data };
      const changed = { config, sources, split, ...changes };
      return checkSplit(audited(deps, [stepOf('split', { version, result })], changed), true);
    };
    const { note, differences } = await check(made);
    assert.deepEqual(differences, []);
    assert.match(
      note ?? '',
      made === 1 ? /^no passage in two parts; \d+ where two spellings/ : /^no passage in two parts$/,
    );
    assert.ok((await check(made === 1 ? 2 : 1)).differences.length > 0);
    if (made === 1 || !profile) continue;
    const forged = { ...split, profile: { ...profile, nearEmpty: { count: 9, first: 'line 1' } } };
    assert.equal((await check(2, { split: forged })).differences.length, 1);
  }
});

it('a grouped split of version 1 tells articles apart by their white space, as it was recorded', async () => {
  const deps = activityDeps();
  const articles = ['art. 1', 'art.  1', 'art.\u00a01'];
  const rows = Array.from({ length: 90 }, (_, row) => ({
    query: `q ${row}`,
    output: `p ${row}`,
    num: articles[row % 3]!,
  }));
  const data = { ...(await deps.artifacts.putBytes(toJsonLines(rows))), format: 'jsonl' as const };
  const { split, ...config } = parseRetrainInput({
    data: { source: 'rows.jsonl', columns: { passage: ['output'], article: 'num' } },
    split: { strategy: 'grouped' },
  });
  const cut = (version: 1 | 2) =>
    deps.artifacts.withFile(data, (file) => cutParts(file, 'jsonl', { ...config.data, split }, version));
  // Too few groups to be split, and the message counts them.
  await assert.rejects(cut(1), /90 rows fall into 3 groups/);
  await assert.rejects(cut(2), /90 rows fall into 1 group/);
});

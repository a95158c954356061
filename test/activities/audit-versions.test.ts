/** Audits of steps of earlier versions: each is recomputed by the definition that it was made by. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBuildIndex } from '../../activities/build-index.ts';
import { measureRetrieval } from '../../activities/evaluate-retrieval.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import { createJudgeCandidate, judgeStep } from '../../activities/judge-candidate.ts';
import { readPartTexts } from '../../activities/part-texts.ts';
import { AuditedRun } from '../../audit/audited-run.ts';
import { checkRanks } from '../../audit/checks/ranks.ts';
import { verdictDifference } from '../../audit/verdict-difference.ts';
import { gateSection } from '../../contracts/gate.ts';
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
  it('of version 1 is clean, and so is one of version 2; neither passes for the other', async () => {
    const deps = activityDeps();
    const put = (values: readonly unknown[]) => deps.artifacts.putBytes(toJsonLines(values));
    const side = async (rank: (row: number) => number) => {
      const perQuery = await put(PAIRS.map((_, row) => ({ rank: rank(row) })));
      return { evaluation: { metrics: {}, perQuery }, guards: {} };
    };
    const plain: JudgeInput = {
      gate: gateSection.parse({ resamples: 1_000 }),
      test: await put(PAIRS),
      champion: null,
      reference: await side(() => 3),
      tuned: await side((row) => (row % 4 === 0 ? 4 : 2)),
    };
    const seen = { train: await put(PAIRS.slice(0, 20)), dev: await put([]) };
    for (const input of [plain, { ...plain, seen }]) {
      const { result } = await runActivity(createJudgeCandidate(deps), input);
      const { version, inputs, parameters } = judgeStep(input).identity;
      const judge = (changes: Partial<RecordedStep>) => {
        const step = stepOf('judge', { version, inputs, parameters, result, ...changes });
        return verdictDifference(audited(deps, [step], { gate: result }));
      };
      assert.equal(await judge({}), null);
      if (version === 1) await assert.rejects(judge({ version: 2 }), /has no input candidateTrain/);
      else assert.ok(await judge({ version: 1 }));
    }
  });
});

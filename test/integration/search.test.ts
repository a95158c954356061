/** `veille search` with the real encoder, over an index that the activities built in a bucket in memory. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import pc from 'picocolors';
import { createBuildIndex } from '../../activities/build-index.ts';
import { createEncodeSegment } from '../../activities/encode-segment.ts';
import { EncoderPool } from '../../activities/encoder-pool.ts';
import { toJsonLines } from '../../activities/json-lines.ts';
import { createPlanEmbedding } from '../../activities/plan-embedding.ts';
import { search, type SearchOptions } from '../../cli/commands/search.ts';
import type { CliContext } from '../../cli/context.ts';
import type { Retriever } from '../../cli/records/retrievers.ts';
import type { Answer, SearchResult } from '../../cli/search/search-result.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { EncoderRef, SplitResult } from '../../contracts/steps.ts';
import { dot } from '../../core/embeddings.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';
import { exportedEncoder } from '../fixtures/exported-encoder.ts';
import { writeFinishedRun } from '../fixtures/finished-run.ts';

const PREFIXES = { query: 'Question : ', passage: 'Article : ' };
const QUESTION = 'Combien de jours de congés payés par mois ?';
const LEAVE = 'Code du travail, art. L3141-3, Le salarié a droit à un congé de deux jours et demi ouvrables par mois.';
const PAIRS = [
  { query: 'Qui hérite sans testament ?', positive: 'Code civil, art. 731, La succession est dévolue par la loi.' },
  { query: QUESTION, positive: LEAVE },
  { query: 'Ai-je droit à un congé ?', positive: LEAVE.replace(', Le', ',  Le') },
  { query: 'À quel âge est-on majeur ?', positive: 'Code civil, art. 414, La majorité est fixée à dix-huit ans.' },
  { query: 'Quel préavis pour le locataire ?', positive: 'Loi de 1989, art. 15, Le préavis est de trois mois.' },
];
/** Tokens that the zero-shot model of this test reads: enough to tell the passages apart. */
const SHORT = 16;
/** The second and third positive are equal but for white space, so one passage of the corpus. */
const PASSAGES = PAIRS.filter((_, row) => row !== 2).map(({ positive }) => positive);

const base = activityDeps();
const encoders = new EncoderPool(base.artifacts, { folder: join(base.folder, 'encoders'), threads: 1 });
const deps = { ...base, encoders };
/** Another machine's: it has nothing of the run yet. */
const stateDir = join(deps.folder, 'state');
let fineTuned: Retriever;
let zeroShot: Retriever;

before(async () => {
  const bytes = toJsonLines(PAIRS);
  const test = { ...(await deps.artifacts.putBytes(bytes)), rows: PAIRS.length };
  const folder = await exportedEncoder();
  fineTuned = await retriever(await encoderOf(folder, 384), test);
  zeroShot = await retriever(await encoderOf(await shortSighted(folder), SHORT), test);
  const input = { model: { queryPrefix: PREFIXES.query, passagePrefix: PREFIXES.passage } };
  await writeFinishedRun(deps.artifacts, 'nightly', { test, fineTuned, base: zeroShot, input });
});

after(async () => {
  await encoders.dispose();
  await rm(deps.folder, { recursive: true });
});

/** The same model, which reads the beginning of each text only: other embeddings. */
async function shortSighted(folder: string): Promise<string> {
  const copy = join(deps.folder, 'short-sighted');
  await cp(folder, copy, { recursive: true });
  const info = JSON.parse(await readFile(join(copy, 'encoder.json'), 'utf8')) as object;
  await writeFile(join(copy, 'encoder.json'), JSON.stringify({ ...info, maxSeqLength: SHORT }));
  return copy;
}

async function encoderOf(folder: string, maxSeqLength: number): Promise<EncoderRef> {
  return encoderRefOf(await deps.artifacts.putFolder(folder), { dimensions: 384, maxSeqLength });
}

/** Embeds and indexes the part as a run does. */
async function retriever(encoder: EncoderRef, test: SplitResult['test']): Promise<Retriever> {
  const { embedding } = parseRetrainInput({});
  const run = { workflowId: 'nightly', runId: 'nightly-run' };
  const step = 'embed-tuned';
  const input = { encoder, rows: test, prefixes: PREFIXES, embedding, step, run } as const;
  const { plan } = await runActivity(createPlanEmbedding(deps), input);
  assert.ok(plan);
  for (let segment = 0; segment < plan.segments; segment++) {
    await runActivity(createEncodeSegment(deps), { encoder, plan: plan.artifact, segment, step });
  }
  const indexInput = { encoder, test, prefixes: PREFIXES, factory: 'Flat', step: 'index-tuned' } as const;
  const { result } = await runActivity(createBuildIndex(deps), indexInput);
  return { encoder, index: result };
}

/** The passages by their cosine with the question, without an index. */
async function expected({ encoder }: Retriever): Promise<Answer[]> {
  const texts = [PREFIXES.query + QUESTION, ...PASSAGES.map((passage) => PREFIXES.passage + passage)];
  const { embeddings: values } = await encoders.use(encoder, (opened) => opened.encode(texts));
  const rows = { values, dimensions: encoder.dimensions };
  return PASSAGES.map((passage, row) => ({ passage, score: dot(rows, 0, rows, row + 1) }))
    .sort((a, b) => b.score - a.score)
    .map(({ passage, score }, row) => ({ rank: row + 1, score, passage }));
}

function assertAnswers(actual: readonly Answer[], wanted: readonly Answer[]): void {
  const place = ({ rank, passage }: Answer) => ({ rank, passage });
  assert.deepEqual(actual.map(place), wanted.map(place));
  for (const [row, { score }] of actual.entries()) {
    // FAISS adds in single precision.
    assert.ok(Math.abs(score - (wanted[row]?.score ?? Number.NaN)) < 1e-5);
  }
}

async function ask(options: Partial<SearchOptions> = {}, question = QUESTION): Promise<{ out: string; err: string }> {
  const [out, err] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const unused = (): never => assert.fail('a search needs no Temporal');
  const context: CliContext = {
    terminal: { out, err, isTTY: false, colors: pc.createColors(false), size: () => ({ columns: 80, rows: 24 }) },
    temporal: { address: '', namespace: '', uiUrl: null, client: unused, close: unused },
    artifactsUrl: 's3://memory',
    interruptSignal: unused,
  };
  await search(context, { store: deps.store, stateDir }, question, { top: 5, ...options });
  return { out: (out.read() as string | null) ?? '', err: (err.read() as string | null) ?? '' };
}

async function askJson(options: Partial<SearchOptions> = {}, question = QUESTION): Promise<SearchResult> {
  return JSON.parse((await ask({ ...options, json: true }, question)).out) as SearchResult;
}

describe('veille search', () => {
  it('ranks all passages as their cosines with the question do', async () => {
    const { workflowId, passages, fineTuned: answers } = await askJson();
    assert.deepEqual([workflowId, passages], ['nightly', PASSAGES.length]);
    assert.equal(answers[0]?.passage, LEAVE);
    assertAnswers(answers, await expected(fineTuned));
  });

  it('asks the zero-shot model only where that is wanted', async () => {
    assert.equal((await askJson()).base, null);
    const answers = (await askJson({ base: true })).base;
    assert.ok(answers);
    assertAnswers(answers, await expected(zeroShot));
  });

  it('lists as many answers as asked for', async () => {
    const { out, err } = await ask({ top: 2, run: 'nightly' });
    const ranks = out.split('\n').flatMap((line) => /^(\d) {2}0\.\d{4} {2}\S/.exec(line)?.[1] ?? []);
    assert.deepEqual([ranks, err], [['1', '2'], '']);
    assert.match(out, /^Run nightly, 4 passages\n\nFine-tuned\n\n1 .* {2}Code du travail, art\. L3141-3, Le salarié/);
  });

  it('reads model, index and passages from the bucket once', async () => {
    await ask();
    const bytes = deps.store.bytesRead.getStream;
    await ask();
    assert.equal(deps.store.bytesRead.getStream, bytes);
    assert.deepEqual(await readdir(join(stateDir, 'scratch')), []);
  });

  it('says so when the model does not read the whole question', async () => {
    const long = 'congé '.repeat(600);
    assert.match((await ask({}, long)).err, /^The model reads 384 tokens: the question's end is left out\.\n$/);
    assert.equal((await askJson({}, long)).truncatedTo, 384);
  });

  it('finds a damaged file in the cache out, and takes it from the bucket again', async () => {
    await ask();
    const { sha256 } = fineTuned.index.index;
    const cached = join(stateDir, 'cache', sha256.slice(0, 2), sha256);
    await writeFile(cached, 'no index');
    assertAnswers((await askJson()).fineTuned, await expected(fineTuned));
  });
});

/**
 * Every value of a record and every file of its folder, forged one at a time: the audit names it, or lists it as resting on
 * the signature, and with a known key nothing passes that this key has not signed.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { referencesIn } from '../../adapters/step-records/step-records.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { type AuditOptions, auditRun, type RunAudit } from '../../audit/audit-run.ts';
import { championDifferences } from '../../audit/champions.ts';
import type { CheckName } from '../../audit/check.ts';
import { isListed, RESTING } from '../../audit/resting.ts';
import type { ArtifactRef, Provenance } from '../../contracts/artifact.ts';
import type { ChampionFile } from '../../contracts/champion.ts';
import type { StepName } from '../../contracts/progress.ts';
import { RUN_FILES, runFolder, runRecord, type RunRecord } from '../../contracts/run-record.ts';
import { sha256 } from '../../core/canonical.ts';
import { carriersOf } from '../../provenance/carriers.ts';
import { sealEnvelope } from '../../provenance/envelope.ts';
import { provenanceStatement } from '../../provenance/statement.ts';
import { forge, type Reach } from '../fixtures/forger.ts';
import { OverlayStore } from '../fixtures/overlay-store.ts';
import { savedRecord, type SavedRuns, savedRuns, storeOf } from '../fixtures/saved-runs.ts';

const CURRENT = '0.2.0';

let saved: SavedRuns;
let scratch: string;
/** The newer of the two runs, measured against the other. */
let run: Provenance;
let record: RunRecord;
let bucket: ObjectStore;
const computed = new Map<string, unknown>();
/** References to objects with the bytes that they say. */
const whole = new Set<string>();
/** Digests of records that were forged to say what they said before: step records lose their seals, and nothing else. */
const unchanged = new Set<string>();

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'veille-forgeries-'));
  saved = await savedRuns(CURRENT);
  run = saved.runs.at(-1)!;
  record = savedRecord(saved, run);
  bucket = await storeOf(saved.objects);
  for (const ref of [...referencesIn(record), ...referencesIn(savedRecord(saved, saved.runs[0]!))])
    whole.add(nameOf(ref));
  for (const reach of ['steps', 'everything'] as const) unchanged.add(sha256(bodyIn(forged(record, reach))));
});
after(() => rm(scratch, { recursive: true }));

/** @param changed objects in the place of those of the bucket; null: removed */
async function auditOf(
  changed: ReadonlyMap<string, Uint8Array | null>,
  options: Partial<AuditOptions> = {},
  audited = run,
): Promise<RunAudit> {
  return auditRun(new OverlayStore(bucket, changed), audited, {
    deep: false,
    only: null,
    codeSources: record.environments[record.steps[0]!.environment]!.code.sources,
    tsaCertificate: null,
    computed,
    keys: [],
    requireSignature: false,
    allowUnsigned: true,
    scratch,
    verified: { has: async (ref) => whole.has(nameOf(ref)) && !changed.has(ref.key), add: async () => {} },
    onBytes() {},
    onCheck() {},
    signal: new AbortController().signal,
    ...options,
  });
}

function nameOf({ key, sha256: digest, bytes }: ArtifactRef): string {
  return `${key} ${digest} ${bytes}`;
}

function wrong({ checks }: RunAudit): string {
  return JSON.stringify(checks.filter(({ state }) => state !== 'ok'));
}

/** Checks that don't read the history, cheap ones first: a forgery that one of them finds needs no other. */
const WITHOUT_HISTORY: readonly (readonly CheckName[])[] = [
  ['schema', 'complete', 'chain', 'summary', 'promotion'],
  ['steps'],
  ['metrics'],
  ['split', 'embeddings', 'objects'],
];
const WITH_HISTORY: readonly CheckName[] = ['statement', 'identity', 'carriers', 'history'];

function forged(changed: RunRecord, reach: Reach): Map<string, Uint8Array> {
  return forge({ objects: saved.objects, run, original: record }, changed, reach);
}

/** Whether an audit that knows no key finds what a forger of the bucket can make of it, or there is nothing to find. */
async function isFound(changed: RunRecord): Promise<boolean> {
  const objects = forged(changed, 'steps');
  // Everything else decides what stands there, such as a step's key: a forger can't have it otherwise.
  if (unchanged.has(sha256(bodyIn(objects)))) return true;
  const isDamaged = async (of: Map<string, Uint8Array>, only: readonly CheckName[]): Promise<boolean> =>
    (await auditOf(of, { only })).state === 'damaged';
  for (const only of WITHOUT_HISTORY) if (await isDamaged(objects, only)) return true;
  const all = forged(changed, 'everything');
  return unchanged.has(sha256(bodyIn(all))) || isDamaged(all, WITH_HISTORY);
}

function bodyIn(objects: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return objects.get(runFolder(run) + RUN_FILES.record) ?? Buffer.of();
}

describe('every value of a record', () => {
  it('is found, or listed as resting on the signature, though all else is made to agree without the key', async () => {
    const missed: string[] = [];
    for (const path of leavesOf(record)) {
      const changed = isListed(path) ? null : mutated(record, path);
      if (changed && !(await isFound(changed))) missed.push(path.join('.'));
    }
    assert.deepEqual(missed, []);
  });
});

/** The audit recomputes these steps by the definition of their version, so that a forged one is found. */
const RECOMPUTED_BY_VERSION = new Set(['evaluate', 'compare', 'judge']);

/** Of what the list has, a forgery of each entry: in every place that repeats it. */
const FACTS: readonly ((of: RunRecord) => RunRecord)[] = [
  (of) => ({
    ...of,
    temporal: { ...of.temporal, namespace: 'other', startedBy: 'mallory@desk' },
    buildId: 'other',
    startedAt: earlier(of.startedAt),
  }),
  (of) => ({
    ...of,
    steps: of.steps.map((step) => ({
      ...step,
      madeBy: { ...step.madeBy, worker: 'other' },
      startedAt: earlier(step.startedAt),
      finishedAt: earlier(step.finishedAt),
      taken: !step.taken,
    })),
    environments: Object.fromEntries(
      Object.entries(of.environments).map(([digest, one]) => [digest, { ...one, platform: 'other' }]),
    ),
  }),
  (of) => ({
    ...of,
    steps: of.steps.map((step) =>
      RECOMPUTED_BY_VERSION.has(step.name) ? step : { ...step, version: step.version + 1 },
    ),
  }),
  (of) => ({ ...of, config: { ...of.config, notify: 'never', timeoutHours: 1, approvalHours: 1 } }),
  (of) => ({
    ...of,
    config: { ...of.config, promote: 'manual' },
    promotion: { ...of.promotion, note: 'looked at by the board' },
  }),
  (of) => {
    const traits = { prompts: { query: 'forged: ' }, similarity: 'dot' };
    return { ...of, sources: { ...of.sources, traits }, steps: withResult(of, 'resolve', { traits }) };
  },
  (of) => {
    const { origins } = of.sources;
    const data = { ...origins.data!, commit: 'd'.repeat(40), license: 'forged' };
    const told = { ...origins, data };
    return {
      ...of,
      sources: { ...of.sources, origins: told },
      licenses: { ...of.licenses, data: 'forged' },
      steps: withResult(of, 'resolve', { origins: told }).map((step) =>
        step.step === 'resolve' ? { ...step, parameters: { ...step.parameters, origins: told } } : step,
      ),
    };
  },
  (of) => ({ ...of, steps: withResult(of, 'fine-tune', { stoppedEarly: true, memoryMicroBatch: 2 }) }),
  (of) => ({ ...of, steps: withResult(of, 'mine-negatives', { candidates: 9, suspects: 8, filledUp: 7 }) }),
  (of) => ({ ...of, texts: { encoded: 1, cached: 2 } }),
];

function withResult({ steps }: RunRecord, name: StepName, changes: object): RunRecord['steps'] {
  return steps.map((step) =>
    step.step === name ? { ...step, result: { ...(step.result as object), ...changes } } : step,
  );
}

function earlier(time: string): string {
  return new Date(Date.parse(time) - 3_600_000).toISOString();
}

describe('what rests on the signature alone', () => {
  it('passes without a key when it is forged everywhere, is listed, and is refused where a key is known', async () => {
    assert.equal(FACTS.length, RESTING.length);
    for (const [position, fact] of FACTS.entries()) {
      const { what, paths } = RESTING[position]!;
      const objects = forged(fact(record), 'everything');
      const audit = await auditOf(objects);
      assert.deepEqual(wrong(audit), '[]', what);
      assert.equal(audit.signedBy, null);
      assert.ok(audit.resting.some((one) => one.what === what && paths.some((path) => one.paths.includes(path))));
      const keyed = await auditOf(objects, { keys: [saved.publicKey], allowUnsigned: false, only: ['signature'] });
      assert.equal(keyed.state, 'damaged', what);
    }
  });
});

describe('every file of the folder', () => {
  const asSigned = (changed: ReadonlyMap<string, Uint8Array | null>): Promise<RunAudit> =>
    auditOf(changed, { keys: [saved.publicKey], allowUnsigned: false, only: NOT_RECOMPUTED });

  it('is named when a bit of it is flipped or it is gone, whether the run is signed or not', async () => {
    const folder = runFolder(run);
    const names = [...saved.objects.keys()].filter((key) => key.startsWith(folder) && !UNATTESTED.test(key));
    assert.ok(names.length >= 7, names.join(' '));
    for (const unsigned of [false, true]) {
      const remade = unsigned ? withoutSignature() : new Map<string, Uint8Array>();
      for (const key of names) {
        const bytes = remade.get(key) ?? saved.objects.get(key)!;
        const flipped = Uint8Array.from(bytes);
        flipped[flipped.length >> 1]! ^= 1;
        for (const changed of [flipped, null]) {
          const objects = new Map<string, Uint8Array | null>([...remade, [key, changed]]);
          const audit = await (unsigned ? auditOf(objects, { only: NOT_RECOMPUTED }) : asSigned(objects));
          assert.equal(audit.state, 'damaged', key);
          assert.match(wrong(audit), new RegExp(key.slice(folder.length).replaceAll('.', String.raw`\.`)), key);
        }
      }
    }
  });

  it('made by no run is named', async () => {
    const extra = `${runFolder(run)}approved-by-the-board.txt`;
    const audit = await asSigned(new Map([[extra, Buffer.from('yes')]]));
    assert.match(wrong(audit), /approved-by-the-board\.txt.*a file that no run leaves there/);
  });

  it('that is made of the record is made again: a card that says otherwise is named though all digests fit', async () => {
    for (const name of [RUN_FILES.modelCard, RUN_FILES.crate, RUN_FILES.workflow]) {
      const objects = forged(record, 'carriers');
      const key = runFolder(run) + name;
      objects.set(key, Buffer.from(Buffer.from(objects.get(key)!).toString('utf8').replace('e', 'o')));
      const attested = statementOver(objects);
      const audit = await auditOf(attested, { only: NOT_RECOMPUTED });
      assert.equal(audit.state, 'damaged', name);
      assert.match(wrong(audit), new RegExp(`${name.replaceAll('.', String.raw`\.`)}","place":"byte`));
      // Another version's carriers can't be made again: then it is not said to be clean, and why.
      const byAnother = await auditOf(attested, { only: NOT_RECOMPUTED, codeSources: null });
      assert.equal(byAnother.state, 'incomplete');
      assert.match(wrong(byAnother), /audit with the build that recorded the run/);
    }
  });

  it('copied from another signed run is not this run’s', async () => {
    const other = saved.runs[0]!;
    const copied = new Map<string, Uint8Array | null>();
    for (const key of saved.objects.keys()) if (key.startsWith(runFolder(run))) copied.set(key, null);
    for (const [key, bytes] of saved.objects)
      if (key.startsWith(runFolder(other))) copied.set(runFolder(run) + key.slice(runFolder(other).length), bytes);
    const audit = await asSigned(copied);
    assert.deepEqual(
      audit.checks.filter(({ state }) => state === 'failed').map(({ check }) => check),
      ['identity'],
    );
    assert.match(wrong(audit), /workflowId\/runId.*night-2.*night-1/);
  });
});

describe('a run that nobody trusted has signed', () => {
  const known = { allowUnsigned: false, only: ['signature'] } as const;

  it('is refused where a key is known, unless the reader allows it', async () => {
    const objects = withoutSignature();
    const audit = await auditOf(objects, { ...known, keys: [saved.publicKey] });
    assert.match(wrong(audit), /record\.intoto\.json.*no signature: .*--allow-unsigned/);
    assert.equal((await auditOf(objects, { keys: [saved.publicKey], only: ['signature'] })).state, 'clean');
    assert.equal((await auditOf(objects, { ...known, requireSignature: true })).state, 'damaged');
  });

  it('is refused when another key has signed it, and when a known key is only named', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const objects = forged(record, 'carriers');
    for (const [name, bytes] of carriersOf(record, { modelSignature: null, signer: privateKey }))
      objects.set(runFolder(run) + name, bytes);
    const audit = await auditOf(objects, { ...known, keys: [saved.publicKey] });
    assert.match(wrong(audit), /which is not trusted: give --key/);
    const key = runFolder(run) + RUN_FILES.attestation;
    const envelope = JSON.parse(Buffer.from(saved.objects.get(key)!).toString()) as { signatures: { sig: string }[] };
    envelope.signatures[0]!.sig = Buffer.alloc(64, 1).toString('base64');
    const renamed = new Map([[key, Buffer.from(`${JSON.stringify(envelope, null, 2)}\n`)]]);
    assert.match(wrong(await auditOf(renamed, { ...known, keys: [saved.publicKey] })), /did not make/);
  });

  it('can’t be verified without a key, which is no damage and not clean either', async () => {
    const audit = await auditOf(new Map(), known);
    assert.equal(audit.state, 'incomplete');
    assert.match(wrong(audit), /can't be verified: .*give --key/);
  });
});

describe('what the configuration implies', () => {
  it('is there: each dropped step is named', async () => {
    for (const { step } of record.steps) {
      const steps = record.steps.filter((one) => one.step !== step);
      // A run that was repaired after its verdict has these two in its history alone.
      const only = ['judge', 'guard-tuned'].includes(step) ? 'history' : 'complete';
      const audit = await auditOf(forged({ ...record, steps }, 'record'), { only: [only] });
      assert.equal(audit.state, 'damaged', step);
      assert.match(wrong(audit), new RegExp(`"steps\\.${step}"`), step);
    }
  });

  it('is there: a record without steps and history, and with better figures, is refused', async () => {
    const fineTuned = { ...record.metrics.fineTuned, 'retrieval/nDCG@10': 0.99 };
    const bare = { ...record, steps: [], environments: {}, metrics: { ...record.metrics, fineTuned } };
    const temporal = { ...record.temporal, history: null };
    const audit = await auditOf(forged({ ...bare, temporal }, 'carriers'));
    assert.equal(audit.state, 'damaged');
    assert.match(wrong(audit), /temporal\.history/);
    assert.match(wrong(audit), /steps\.evaluate-tuned/);
  });

  it('decides: a verdict that was turned is judged again, with or without the step that judged', async () => {
    const verdict = { ...record.gate.verdict, verdict: 'promote' as const };
    const turned = { ...record, gate: { ...record.gate, verdict } };
    const audit = await auditOf(forged(turned, 'everything'), { only: ['metrics'] });
    assert.match(wrong(audit), /gate\.verdict\.verdict/);
    const dropped = { ...turned, steps: record.steps.filter(({ step }) => step !== 'judge') };
    const without = await auditOf(forged(dropped, 'carriers'), { only: ['metrics', 'history'] });
    assert.match(wrong(without), /gate\.verdict\.verdict/);
    assert.match(wrong(without), /steps\.judge/);
  });
});

describe('the champion file', () => {
  const key = 'models/champion.json';

  async function foundIn(change: (file: ChampionFile) => unknown): Promise<string> {
    const file = JSON.parse(Buffer.from(saved.objects.get(key)!).toString()) as ChampionFile;
    const changed = new Map([[key, Buffer.from(JSON.stringify(change(structuredClone(file))))]]);
    const ofRun = await auditOf(changed, { only: ['promotion'] }, saved.runs[0]);
    assert.equal(ofRun.state, 'damaged');
    const ofAll = await championDifferences(new OverlayStore(bucket, changed));
    assert.ok(ofAll.differences.length > 0);
    assert.ok(ofAll.differences.every(({ object }) => object === key));
    return wrong(ofRun) + JSON.stringify(ofAll.differences);
  }

  it('is compared with the records of its runs, and each forged move is named', async () => {
    const [only] = (JSON.parse(Buffer.from(saved.objects.get(key)!).toString()) as ChampionFile).entries;
    assert.ok(only);
    const replaced = (entry: object) => (file: ChampionFile) => ({ ...file, entries: [entry] });
    const forgeries: [(file: ChampionFile) => unknown, RegExp][] = [
      [replaced({ ...only, by: 'mallory' }), /revision 1\.by/],
      [replaced({ ...only, encoder: { ...only.encoder, dimensions: 17 } }), /revision 1\.encoder\.dimensions/],
      [replaced({ ...only, metrics: { ...only.metrics, n_docs: 9 } }), /revision 1\.metrics/],
      [replaced({ ...only, run: { ...only.run, runId: 'nobody' } }), /the record of night-1/],
      [replaced({ ...only, run }), /revision 1.*no promotion of night-2, whose record says kept/],
      [replaced({ ...only, restores: 1 }), /a promotion before it to restore/],
      [replaced({ ...only, revision: 7 }), /entries\.0\.revision/],
      [({ schema }) => ({ schema, entries: 'none' }), /entries/],
      [(file) => ({ ...file, entries: [{ ...only, revision: 2 }, ...file.entries] }), /revision 2/],
      [
        (file) => ({ ...file, entries: [{ ...only, revision: 2, restores: 1, preset: 'x' }, ...file.entries] }),
        /preset/,
      ],
    ];
    for (const [change, expected] of forgeries) assert.match(await foundIn(change), expected);
  });
});

/** The checks that read the run's folder alone. */
const NOT_RECOMPUTED: readonly CheckName[] = [
  'signature',
  'statement',
  'schema',
  'objects',
  'identity',
  'carriers',
  'history',
];
/** Logs, metrics and tags: no statement names them. */
const UNATTESTED = /\.log$|metrics\.jsonl$|\/tags\//;

/** The attestation as a worker without a key writes it. */
function withoutSignature(): Map<string, Uint8Array> {
  return forged(record, 'carriers');
}

/** The objects with a statement that names their digests, unsigned. */
function statementOver(objects: Map<string, Uint8Array>): Map<string, Uint8Array> {
  const folder = runFolder(run);
  const files = [...new Map([...saved.objects, ...objects])].flatMap(([key, bytes]) => {
    const name = key.startsWith(folder) ? key.slice(folder.length) : '/';
    return name.includes('/') || UNATTESTED.test(key) || name === RUN_FILES.attestation ? [] : [[name, sha256(bytes)]];
  });
  const statement = provenanceStatement(record, Object.fromEntries(files) as Record<string, string>);
  return new Map(objects).set(folder + RUN_FILES.attestation, sealEnvelope(statement, null));
}

/** Paths of all values that are no objects, arrays being objects with positions, or empty ones. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([name, child]) => leavesOf(child, [...path, name]));
}

/** The record with another value at this place that its schema takes; null: there is none. */
function mutated(of: RunRecord, path: readonly string[]): RunRecord | null {
  for (const candidate of candidates(valueAt(of, path))) {
    const changed = withValue(of, path, candidate) as RunRecord;
    if (runRecord.safeParse(changed).success) return changed;
  }
  return null;
}

/** A copy with another value at one place, which shares all others. */
function withValue(of: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const child = withValue((of as Record<string, unknown>)[name], rest, value);
  if (Array.isArray(of)) return of.map((one: unknown, position) => (position === Number(name) ? child : one));
  return { ...(of as object), [name]: child };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((node: unknown, name) => (node as Record<string, unknown>)[name], value);
}

/** Other values of that kind. */
function candidates(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, value - 1, value + 0.001, value - 0.001, value / 2];
  if (typeof value === 'string') {
    if (/^[0-9a-f]{40,64}$/.test(value)) return [(value.startsWith('0') ? '1' : '0') + value.slice(1)];
    const time = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(time)) return [new Date(time - 3_600_000).toISOString()];
    return [`${value}x`, ...WORDS.filter((word) => word !== value)];
  }
  if (value === null)
    return ['forged', 1, 'ab'.repeat(32), new Date(0).toISOString(), { workflowId: 'forged', runId: 'forged' }];
  return Array.isArray(value) ? [['forged']] : [{ forged: 1 }, { forged: 'forged' }];
}

/** Members of the record's closed lists. */
const WORDS = [
  'auto manual never always changed failed promoted kept refused expired off promote reject inconclusive online offline',
  'none demo legalkit-bge-m3 csv jsonl parquet random grouped fp32 int8 fp16 cpu cuda mnrl cached-mnrl adapter model top',
  'cosine linear constant base champion met undecided retrieval/R@1 retrieval/MRR@10 bf16 split resolve bm25 queries loss',
]
  .join(' ')
  .split(' ');

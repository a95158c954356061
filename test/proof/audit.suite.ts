/** `veille audit` and `veille export` on a real run whose Temporal history is gone: clean, and no flipped byte is missed. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { unpackArchive } from '../../adapters/archive/unpack-archive.ts';
import { artifactKey } from '../../contracts/artifact.ts';
import { FolderStore } from '../../adapters/object-store/folder-store.ts';
import { sha256OfFile } from '../../adapters/object-store/file-digest.ts';
import { auditRun, type RunAudit } from '../../audit/audit-run.ts';
import type { CheckName } from '../../audit/check.ts';
import { audit, type AuditCommandOptions } from '../../cli/commands/audit.ts';
import { exportRun } from '../../cli/commands/export.ts';
import { CliError } from '../../cli/exit.ts';
import type { Provenance } from '../../contracts/artifact.ts';
import type { StepName } from '../../contracts/progress.ts';
import { RUN_FILES, runFolder, type RunRecord } from '../../contracts/run-record.ts';
import { carriersOf } from '../../provenance/carriers.ts';
import { openSession, type Session } from '../fixtures/cli-session.ts';
import { OURS, provenRuns, SECOND as WORKFLOW } from '../fixtures/proven-runs.ts';
import type { TestStack } from '../fixtures/test-stack.ts';

const THEIRS = generateKeyPairSync('ed25519');

let stack: TestStack;
let run: Provenance;
let record: RunRecord;
/** What `veille export` made, and the same unpacked, which the tests damage and mend. */
let archive: string;
let copy: string;

before(async () => {
  ({ stack, record } = await provenRuns());
  run = { workflowId: record.workflowId, runId: record.runId };
  archive = stack.path('run.tar');
  await exportRun(session().context, stack.objects, WORKFLOW, archive, {});
  copy = stack.path('copy');
  await unpackArchive(archive, copy, new AbortController().signal);
});

function session(): Session {
  return openSession({ address: 'nowhere', client: stack.client });
}

/** Path of a file of the run's folder in the copy. */
function inCopy(name: string): string {
  return join(copy, runFolder(run), name);
}

/** As the command does it; the output, and what it ended with. */
async function command(options: AuditCommandOptions, key: KeyObject = OURS.publicKey): Promise<[string, unknown]> {
  const { context, out } = session();
  const installation = {
    store: stack.objects,
    stateDir: stack.path('state'),
    trustedKeys: () => [key],
    codeSources: () => 'another',
  };
  const workflow = options.from === undefined && options.all !== true ? WORKFLOW : undefined;
  const error: unknown = await audit(context, installation, workflow, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return [out(), error];
}

/** @param only the object whose bytes are looked at: the others were a moment ago. @default all */
async function auditCopy({ deep = false, only }: { deep?: boolean; only?: string } = {}): Promise<RunAudit> {
  return auditRun(new FolderStore(copy), run, {
    deep,
    scratch: stack.path('scratch'),
    keys: [OURS.publicKey],
    requireSignature: true,
    allowUnsigned: false,
    only: null,
    tsaCertificate: null,
    computed: new Map(),
    codeSources: null,
    verified: { has: async ({ key }) => only !== undefined && key !== only, add: async () => {} },
    onBytes() {},
    onCheck() {},
    signal: new AbortController().signal,
  });
}

/** Keys that the audit names, each with the check that named it. */
function namedBy({ checks }: RunAudit): (readonly [check: CheckName, key: string])[] {
  return checks.flatMap(({ check, differences }) => differences.map(({ object }) => [check, object] as const));
}

describe('a run whose history the server has forgotten', () => {
  it('audits clean from the bucket', async () => {
    const [out, error] = await command({ requireSignature: true });
    assert.equal(error, null, out);
    assert.match(out, /✓ {2}signature {3}1 signature .*Ed25519/);
    assert.match(out, /is clean: 16 checks\.\n$/);
  });

  it('audits clean to the ranks, from the bucket and from the archive', async () => {
    for (const from of [undefined, archive, copy]) {
      const [out, error] = await command({ deep: true, json: true, ...(from === undefined ? {} : { from }) });
      assert.equal(error, null, out);
      const { checks, state } = JSON.parse(out) as RunAudit;
      assert.equal(state, 'clean');
      assert.deepEqual(
        checks.map((check) => check.state).filter((one) => one !== 'ok'),
        [],
      );
      assert.equal(checks.find(({ check }) => check === 'ranks')?.note, 'byte for byte');
    }
  });

  it('is exported to the same bytes each time', async () => {
    const again = stack.path('again.tar');
    await exportRun(session().context, stack.objects, WORKFLOW, again, {});
    assert.equal(await sha256OfFile(again), await sha256OfFile(archive));
    await assert.rejects(exportRun(session().context, stack.objects, WORKFLOW, again, {}), /is there already/);
  });

  it('is one of all runs of a sweep', async () => {
    const [out, error] = await command({ all: true });
    assert.equal(error, null, out);
    assert.match(out, /2 runs: 2 clean, 0 damaged, 0 incomplete, 0 of another version of veille\.\n$/);
  });
});

/** Digest of what a step read. */
function inputOf(name: StepName, input: string): string {
  return record.steps.find(({ step }) => step === name)?.inputs[input] ?? '';
}

/** One object of each kind, by the key that a reader would look for. */
function kinds(): Record<string, string> {
  const { sources, steps, artifacts, tracking } = record;
  const folder = runFolder(run);
  return {
    'the record': `${folder}${RUN_FILES.record}`,
    'the attestation': `${folder}${RUN_FILES.attestation}`,
    'the crate': `${folder}${RUN_FILES.crate}`,
    'the model card': `${folder}${RUN_FILES.modelCard}`,
    'the history': `${folder}${RUN_FILES.history}`,
    'a step record': steps[0]?.record.key ?? '',
    'the data file': sources.data.key,
    'a file of the base model': sources.model.files[0]?.key ?? '',
    'the adapter': artifacts['LoRA adapter']?.key ?? '',
    'an encoder': artifacts['fine-tuned encoder (ONNX)']?.key ?? '',
    'an index': artifacts['fine-tuned index (FAISS)']?.key ?? '',
    'the test part': artifacts['test part']?.key ?? '',
    'a per-query file': artifacts['base ranks per query']?.key ?? '',
    'the training log': artifacts['training log']?.key ?? '',
    'the W&B archive': tracking.archive?.key ?? '',
    'the file of a guard set': sources.guards['sheets']?.key ?? '',
    'the rows of a guard set': artifactKey(inputOf('guard-tuned', 'guards.sheets')),
    'a per-query file of a guard set': artifactKey(inputOf('judge', 'tuned.guards.sheets')),
    'the train part with negatives': artifactKey(inputOf('fine-tune', 'train')),
  };
}

/** Flips one bit in the middle of a file for as long as `work` takes. */
async function withFlippedBit<R>(path: string, work: () => Promise<R>): Promise<R> {
  const bytes = await readFile(path);
  const flipped = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  flipped[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, flipped);
  try {
    return await work();
  } finally {
    await writeFile(path, bytes);
  }
}

describe('a flipped bit', () => {
  it('is found in each kind of object, which is named', async () => {
    for (const [kind, key] of Object.entries(kinds())) {
      const found = await withFlippedBit(join(copy, key), () => auditCopy({ only: key }));
      assert.equal(found.state, 'damaged', kind);
      assert.ok(
        namedBy(found).some(([, object]) => object === key),
        `${kind}, ${key}: ${JSON.stringify(namedBy(found))}`,
      );
    }
  });

  it('is found in every segment of embeddings, which is named', async () => {
    const segments: string[] = [];
    for await (const { key } of new FolderStore(copy).list('embeddings/')) segments.push(key);
    assert.ok(segments.length >= 2);
    for (const key of segments) {
      const found = await withFlippedBit(join(copy, key), () => auditCopy({ only: key }));
      assert.deepEqual(namedBy(found)[0], ['embeddings', key]);
    }
  });

  it('leaves the copy as it was, so that it audits clean again', async () => {
    assert.equal((await auditCopy({ deep: true })).state, 'clean');
  });
});

describe('a copy that somebody has changed', () => {
  /** Writes another record with everything that is made of it, signed with a key. */
  async function forge(changed: RunRecord, signer: KeyObject): Promise<void> {
    for (const [name, bytes] of carriersOf(changed, { modelSignature: null, signer }))
      await writeFile(inCopy(name), bytes);
  }

  it('is refused when its record was edited and signed with another key', async () => {
    await forge({ ...record, licenses: { ...record.licenses, data: 'CC0-1.0' } }, THEIRS.privateKey);
    const [, error] = await command({ from: copy });
    assert.ok(error instanceof CliError);
    assert.match(error.message, /record\.intoto\.json: expected a signature with a trusted key, found signed with key/);
    await forge(record, OURS.privateKey);
  });

  it('is refused when figures were edited, though the signature is good', async () => {
    const fineTuned = { ...record.metrics.fineTuned, 'retrieval/nDCG@10': 0.99 };
    await forge({ ...record, metrics: { ...record.metrics, fineTuned } }, OURS.privateKey);
    const found = await auditCopy();
    const byFile = new Set(namedBy(found).map(([check]) => check));
    assert.deepEqual(
      [...byFile],
      ['metrics', 'history'],
      'against the per-query file, and against what the run asked for',
    );
    await forge(record, OURS.privateKey);
  });

  it('has each missing object named', async () => {
    for (const [kind, key] of Object.entries(kinds())) {
      const path = join(copy, key);
      await rename(path, `${path}.away`);
      const found = await auditCopy({ only: key });
      await rename(`${path}.away`, path);
      const difference = found.checks.flatMap(({ differences }) => differences).find(({ object }) => object === key);
      assert.equal(difference?.found, 'no such object', kind);
    }
  });
});

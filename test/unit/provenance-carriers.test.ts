/** A record's carriers: all of them, in an order that makes the record the commit point, bound by the statement. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { runRecord, RUN_FILES } from '../../contracts/run-record.ts';
import { sha256 } from '../../core/canonical.ts';
import { carriersOf } from '../../provenance/carriers.ts';
import { openEnvelope } from '../../provenance/envelope.ts';
import { keyId } from '../../provenance/keys.ts';
import { filesIn } from '../../provenance/produced-files.ts';
import type { Statement } from '../../provenance/statement.ts';
import { askPython, carrierFolder } from '../fixtures/carrier-folder.ts';
import { runRecordOf } from '../fixtures/run-record.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const RECORD = runRecordOf();
const OPTIONS = { modelSignature: Buffer.from('{"mediaType": "…"}'), signer: privateKey };

interface Provenance {
  readonly buildDefinition: {
    readonly externalParameters: { readonly config: unknown };
    readonly resolvedDependencies: readonly { readonly name: string; readonly digest: Record<string, string> }[];
  };
}

function statementOf(carriers: ReadonlyMap<string, Uint8Array>): Statement {
  const { payload } = openEnvelope(carriers.get(RUN_FILES.attestation) ?? Buffer.of());
  return JSON.parse(payload.toString()) as Statement;
}

test('the statement names every other file of the run by its digest, and the record is written last', () => {
  const carriers = carriersOf(RECORD, OPTIONS);
  const names = [...carriers.keys()];
  assert.deepEqual(names.slice(-2), [RUN_FILES.attestation, RUN_FILES.record]);
  assert.deepEqual([...names, RUN_FILES.history, RUN_FILES.timestamp].toSorted(), Object.values(RUN_FILES).toSorted());
  const subjects = new Map(statementOf(carriers).subject.map(({ name, digest }) => [name, digest['sha256']]));
  for (const [name, bytes] of carriers) {
    if (name !== RUN_FILES.attestation) assert.equal(subjects.get(name), sha256(bytes), name);
  }
  assert.equal(subjects.get(RUN_FILES.history), RECORD.temporal.history?.sha256);
});

test('the record comes back from its bytes, and the same record gives the same carriers', () => {
  const carriers = carriersOf(RECORD, OPTIONS);
  const read = runRecord.parse(JSON.parse(Buffer.from(carriers.get(RUN_FILES.record) ?? []).toString()));
  assert.deepEqual(read, RECORD);
  assert.deepEqual(carriersOf(read, OPTIONS), carriers);
});

test('a run without a signed model, an exported history or a key has carriers all the same', () => {
  const record = { ...RECORD, temporal: { ...RECORD.temporal, history: null } };
  const carriers = carriersOf(record, { modelSignature: null, signer: null });
  assert.ok(!carriers.has(RUN_FILES.modelSignature));
  assert.deepEqual(openEnvelope(carriers.get(RUN_FILES.attestation) ?? Buffer.of()).signatures, []);
  const crate = Buffer.from(carriers.get(RUN_FILES.crate) ?? []).toString();
  assert.ok(!crate.includes(RUN_FILES.history) && !crate.includes(RUN_FILES.modelSignature));
});

test('the statement has every stored file that a step made, under a name of its own, and what it was made of', () => {
  const { subject, predicate } = statementOf(carriersOf(RECORD, OPTIONS));
  const names = subject.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const digests = new Set(subject.map(({ digest }) => digest['sha256']));
  for (const { step, result } of RECORD.steps.filter(({ step: name }) => name !== 'resolve')) {
    for (const { name, ref } of filesIn(result)) assert.ok(digests.has(ref.sha256), `${step}: ${name}`);
  }
  assert.ok(names.includes('index-tuned/index') && names.includes('evaluate-base/perQuery'));
  const { buildDefinition } = predicate as unknown as Provenance;
  assert.deepEqual(buildDefinition.externalParameters.config, RECORD.config);
  const made = new Map(buildDefinition.resolvedDependencies.map(({ name, digest }) => [name, digest]));
  assert.deepEqual(made.get('data'), { sha256: RECORD.sources.data.sha256 });
  assert.deepEqual(made.get('source'), { gitCommit: RECORDED_ENVIRONMENT.code.commit });
});

test('a container image counts as a dependency where its digest is known', () => {
  const dependencies = (image: string) => {
    const environment = { ...RECORDED_ENVIRONMENT, code: { ...RECORDED_ENVIRONMENT.code, image } };
    const { predicate } = statementOf(carriersOf(runRecordOf({ environment }), OPTIONS));
    return (predicate as unknown as Provenance).buildDefinition.resolvedDependencies.map(({ name }) => name);
  };
  assert.ok(dependencies(`registry.example/veille@sha256:${'ab'.repeat(32)}`).includes('container image'));
  assert.ok(!dependencies('registry.example/veille:latest').includes('container image'));
});

test("in-toto's and secure-systems-lab's own libraries verify and read the statement", async () => {
  await using folder = await carrierFolder(RECORD, OPTIONS);
  const key = join(folder.path, 'key.pub.pem');
  await writeFile(key, publicKey.export({ type: 'spki', format: 'pem' }));
  const read = await askPython('verify_attestation.py', join(folder.path, RUN_FILES.attestation), key);
  const { subject } = statementOf(carriersOf(RECORD, OPTIONS));
  const { subjects, acceptedKeys, invocation } = read as Record<string, unknown>;
  assert.deepEqual(subjects, Object.fromEntries(subject.map(({ name, digest }) => [name, digest['sha256']])));
  assert.deepEqual(acceptedKeys, [keyId(publicKey)]);
  assert.equal(invocation, `${RECORD.workflowId}/${RECORD.runId}`);
});

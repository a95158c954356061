/** The RO-Crate of a run: closed, the same in any bucket, and valid by RO-Crate's own validator. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import { carriersOf } from '../../provenance/carriers.ts';
import { digestUri } from '../../provenance/crate/files.ts';
import type { Entity } from '../../provenance/crate/graph.ts';
import { askPython, carrierFolder } from '../fixtures/carrier-folder.ts';
import { RECORDED_ENVIRONMENT } from '../fixtures/recorded-environment.ts';
import { runRecordOf } from '../fixtures/run-record.ts';

const NOT_SIGNED = { modelSignature: null, signer: null };
const IMAGE = `registry.example:5000/veille/worker-cpu:0.1.0@sha256:${'ab'.repeat(32)}`;
/** With all that a record may have, so that all of the crate is there. */
const RECORD = runRecordOf({
  input: { promote: 'manual' },
  environment: { ...RECORDED_ENVIRONMENT, code: { ...RECORDED_ENVIRONMENT.code, image: IMAGE } },
  promotion: { state: 'promoted', by: 'ada', note: 'read twenty answers' },
});

/**
 * What the specifications recommend and a record can't give: there is no public address of tools and bytes, and the
 * record knows who runs the workers by their key alone.
 */
const NOT_GIVEN = [
  'Action agent',
  'Application url',
  'Root Data Entity: `author` property',
  'Root Data Entity: `publisher` property',
  'SoftwareApplication id',
  'Web-based Data Entity: resource availability',
  'version or softwareVersion',
];

interface Issue {
  readonly severity: string;
  readonly check: string;
}

function graphOf(record: RunRecord): ReadonlyMap<string, Entity> {
  const bytes = carriersOf(record, NOT_SIGNED).get(RUN_FILES.crate) ?? Buffer.of();
  const { '@graph': entities } = JSON.parse(Buffer.from(bytes).toString()) as { '@graph': Entity[] };
  return new Map(entities.map((entity) => [entity['@id'], entity]));
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === '@id') return [(value as { '@id': string })['@id']];
  return Object.values(value).flatMap(referencesIn);
}

for (const [kind, record] of Object.entries({ whole: RECORD, smallest: smallest(RECORD) })) {
  test(`RO-Crate's own validator finds the ${kind} crate a valid Provenance Run Crate`, async () => {
    await using folder = await carrierFolder(record, NOT_SIGNED);
    assert.deepEqual(await askPython('validate_crate.py', folder.path, 'required'), []);
  });
}

test('of what is recommended only that is missing which a record does not know', async () => {
  await using folder = await carrierFolder(RECORD, NOT_SIGNED);
  const issues = (await askPython('validate_crate.py', folder.path, 'recommended')) as Issue[];
  assert.deepEqual([...new Set(issues.map(({ check }) => check))].toSorted(), NOT_GIVEN);
});

test('the validator does find what is wrong with a crate', async () => {
  await using folder = await carrierFolder({ ...RECORD, steps: [] }, NOT_SIGNED);
  const issues = (await askPython('validate_crate.py', folder.path, 'required')) as Issue[];
  assert.ok(
    issues.some(({ check }) => check === 'ComputationalWorkflow hasPart'),
    JSON.stringify(issues),
  );
});

test('all that an entity refers to is in the crate, or is a web page', () => {
  const graph = graphOf(RECORD);
  const dangling = [...graph.values()]
    .flatMap(referencesIn)
    .filter((id) => !graph.has(id) && !/^https:\/\/(bioschemas\.org|w3id\.org\/ro)\//.test(id));
  assert.deepEqual(dangling, []);
});

test('a step takes what another made, each stored object by its digest', () => {
  const graph = graphOf(RECORD);
  const part = RECORD.artifacts['test part'];
  assert.ok(part);
  const file = { '@id': digestUri(part.sha256) };
  assert.ok(referencesIn(graph.get('#run-of-split')?.['result']).includes(file['@id']));
  assert.ok(referencesIn(graph.get('#run-of-evaluate-tuned')?.['object']).includes(file['@id']));
  const entity = graph.get(file['@id']);
  assert.equal(entity?.['sha256'], part.sha256);
  assert.equal(entity['alternateName'], part.key);
});

test('a person who approved is named, and a gate that decided is no person', () => {
  const decision = graphOf(RECORD).get('#decision');
  assert.equal(decision?.['@type'], 'EndorseAction');
  assert.deepEqual(decision['agent'], { '@id': '#person-ada' });
  assert.equal(graphOf(runRecordOf()).has('#decision'), false);
});

/** Nothing in it that may be missing. */
function smallest(record: RunRecord): RunRecord {
  const temporal = { ...record.temporal, startedBy: null, history: null };
  return { ...record, temporal, licenses: { data: null, model: null }, artifacts: {} };
}

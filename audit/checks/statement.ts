/** Check `statement`: the attested digests are those of the files in the run's folder, which holds no others. */
import { z } from 'zod';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { sha256Hex } from '../../contracts/artifact.ts';
import { RUN_FILES } from '../../contracts/run-record.ts';
import { sha256 } from '../../core/canonical.ts';
import { STATEMENT_TYPE } from '../../provenance/statement.ts';
import type { Attestation } from '../attestation.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';

const statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: sha256Hex }) })).min(1),
});

/** A run folder's files have names without a slash; those of others begin with their step. */
const IN_FOLDER = /^[^/]+$/;

/** Written over all others, so that the statement can't name them. */
const BESIDE: readonly string[] = [RUN_FILES.attestation, RUN_FILES.timestamp];

/** What a run's folder may hold beside what the statement names: nobody vouches for it. */
const UNATTESTED: readonly RegExp[] = [/^metrics\.jsonl$/, /^[\w-]+-\d+-\d+\.log$/, /^tags\/[^/]+\.json$/];

/**
 * @param folder of the run
 * @throws NotChecked where there is no envelope
 * @throws SyntaxError or z.ZodError when the payload is no in-toto statement
 */
export async function checkStatement(
  store: ObjectStore,
  folder: string,
  { key, envelope }: Attestation,
): Promise<Finding> {
  if (!envelope) throw new NotChecked('the attestation can not be read');
  const { subject } = statement.parse(JSON.parse(envelope.payload.toString('utf8')));
  const attested = subject.filter(({ name }) => IN_FOLDER.test(name));
  const files = await mapParallel(attested, (one) => fileDifference(store, folder + one.name, one.digest.sha256), {
    concurrency: 4,
  });
  const names = new Set([...attested.map(({ name }) => name), ...BESIDE]);
  const missing: Difference[] = names.has(RUN_FILES.record)
    ? []
    : [{ object: key, place: 'subject', expected: RUN_FILES.record, found: 'nothing' }];
  const { unattested, extra } = await othersIn(store, folder, names);
  return {
    count: subject.length,
    unit: 'subjects',
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    note: unattested === 0 ? null : `${unattested} files beside it that it does not name: logs, metrics, tags`,
    differences: [...files.flatMap(({ difference }) => difference ?? []), ...missing, ...extra],
  };
}

/** Files of the folder that the statement does not name: those that a run leaves there, and those that nobody should have. */
async function othersIn(
  store: ObjectStore,
  folder: string,
  names: ReadonlySet<string>,
): Promise<{ readonly unattested: number; readonly extra: readonly Difference[] }> {
  const extra: Difference[] = [];
  let unattested = 0;
  for await (const { key } of store.list(folder)) {
    const name = key.slice(folder.length);
    if (names.has(name)) continue;
    if (UNATTESTED.some((pattern) => pattern.test(name))) unattested++;
    else extra.push({ object: key, place: null, expected: 'no such object', found: 'a file that no run leaves there' });
  }
  return { unattested, extra };
}

async function fileDifference(
  store: ObjectStore,
  key: string,
  expected: string,
): Promise<{ readonly bytes: number; readonly difference: Difference | null }> {
  const body = (await store.get(key))?.body;
  const found = body ? `sha256 ${sha256(body)}` : 'no such object';
  const wanted = `sha256 ${expected}`;
  const difference = found === wanted ? null : { object: key, place: null, expected: wanted, found };
  return { bytes: body?.length ?? 0, difference };
}

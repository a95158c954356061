/** Check `schema`: the record is of the form that this version of veille reads. */
import { RECORD_SCHEMA, runRecord, type RunRecord } from '../../contracts/run-record.ts';
import type { Difference, Finding } from '../check.ts';
import { parseJson } from '../parse-json.ts';

/**
 * @param key of the record
 * @returns the record where it is one, and what is wrong with it otherwise
 */
export function checkSchema(
  key: string,
  body: Uint8Array | null,
): { readonly record: RunRecord | null; readonly finding: Finding } {
  const finding = { count: 1, unit: 'records', bytes: body?.length ?? 0, note: `schema ${RECORD_SCHEMA}` };
  const fails = (difference: Omit<Difference, 'object'>) => ({
    record: null,
    finding: { ...finding, note: null, differences: [{ object: key, ...difference }] },
  });
  if (!body) return fails({ place: null, expected: 'a record', found: 'no such object' });
  const json = parseJson(body);
  if (json === null) return fails({ place: null, expected: 'JSON', found: `${body.length} bytes that are none` });
  const { data, error } = runRecord.safeParse(json);
  if (data) return { record: data, finding: { ...finding, differences: [] } };
  const [issue] = error.issues;
  const place = issue?.path.map(String).join('.') ?? null;
  return fails({ place, expected: `schema ${RECORD_SCHEMA}`, found: issue?.message ?? error.message });
}

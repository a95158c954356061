/** Check `timestamp`: an authority has seen the attestation, and when. */
import type { X509Certificate } from 'node:crypto';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import { TimestampError, verifyTimestamp } from '../../provenance/timestamp.ts';
import type { Finding } from '../check.ts';

/**
 * @param folder of the run
 * @param authority whose word counts; null: nobody's
 */
export async function checkTimestamp(
  store: ObjectStore,
  folder: string,
  record: RunRecord | null,
  authority: X509Certificate | null,
): Promise<Finding> {
  const key = `${folder}${RUN_FILES.timestamp}`;
  const stamp = (await store.get(key))?.body;
  const attestation = (await store.get(`${folder}${RUN_FILES.attestation}`))?.body;
  const finding = { count: stamp ? 1 : 0, unit: 'time stamps', bytes: stamp?.length ?? 0, note: null, differences: [] };
  if (!authority) {
    const note = stamp ? 'not verified: give --tsa-certificate with the certificate of the authority' : 'there is none';
    return { ...finding, note };
  }
  const fails = (found: string): Finding => ({
    ...finding,
    differences: [{ object: key, place: null, expected: `a time stamp of ${authority.subject}`, found }],
  });
  if (!stamp || !attestation) return fails('no such object');
  try {
    const at = verifyTimestamp(stamp, attestation, authority);
    if (record && at < new Date(record.finishedAt))
      return fails(`one of ${at.toISOString()}, before the run ended at ${record.finishedAt}`);
    return { ...finding, note: `it was there at ${at.toISOString()}, by ${authority.subject}` };
  } catch (error) {
    if (!(error instanceof TimestampError)) throw error;
    return fails(error.message);
  }
}

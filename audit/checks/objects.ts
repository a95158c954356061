/** Check `objects`: every object that the record names has the bytes that it is named by. */
import { referencesIn } from '../../adapters/step-records/step-records.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { Finding } from '../check.ts';
import { verifyObjects, type VerifyOptions } from '../verify-objects.ts';

/** What a record names, in the order of the keys. */
export function namedObjects(record: unknown): ArtifactRef[] {
  return referencesIn(record).sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** @param record JSON, whether it is of the right form or not */
export async function checkObjects(store: ObjectStore, record: unknown, options: VerifyOptions): Promise<Finding> {
  const refs = namedObjects(record);
  return {
    count: refs.length,
    unit: 'objects',
    bytes: refs.reduce((sum, { bytes }) => sum + bytes, 0),
    note: null,
    differences: await verifyObjects(store, refs, options),
  };
}

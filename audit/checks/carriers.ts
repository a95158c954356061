/** Check `carriers`: crate, model card, workflow description and statement are what this record gives. */
import { RUN_FILES } from '../../contracts/run-record.ts';
import { carriersOf } from '../../provenance/carriers.ts';
import { openEnvelope } from '../../provenance/envelope.ts';
import type { Attestation } from '../attestation.ts';
import type { AuditedRun } from '../audited-run.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { firstByte, firstDifference } from '../first-difference.ts';
import { parseJson } from '../parse-json.ts';

const MADE_OF_THE_RECORD = [RUN_FILES.crate, RUN_FILES.modelCard, RUN_FILES.workflow, RUN_FILES.record] as const;

/** Who vouches for files that another version of veille has written, and whose bytes this one can't make. */
export interface MadeBy {
  /** A trusted key has signed the statement that names their digests. */
  readonly isSigned: boolean;
  /** The code that recorded the run is the code that audits it, so that what it makes must be what is there. */
  readonly isThisCode: boolean;
}

/**
 * @throws NotChecked where a carrier differs, nobody has signed it, and another version of veille may have made it
 */
export async function checkCarriers(
  run: AuditedRun,
  attestation: Attestation,
  { isSigned, isThisCode }: MadeBy,
): Promise<Finding> {
  const modelSignature = (await run.store.get(run.key(RUN_FILES.modelSignature)))?.body ?? null;
  const made = carriersOf(run.recorded, { modelSignature, signer: null });
  const differences: Difference[] = [];
  let bytes = 0;
  for (const name of MADE_OF_THE_RECORD) {
    const found = (await run.store.get(run.key(name)))?.body;
    bytes += found?.length ?? 0;
    const difference = found
      ? firstByte(run.key(name), made.get(name) ?? Buffer.of(), found)
      : { object: run.key(name), place: null, expected: 'what the record gives', found: 'no such object' };
    if (difference) differences.push(difference);
  }
  const { envelope, key } = attestation;
  const told: unknown = envelope && parseJson(envelope.payload);
  const { payload } = openEnvelope(made.get(RUN_FILES.attestation) ?? Buffer.of());
  const statement = firstDifference(key, parseJson(payload), told);
  if (statement) differences.push(statement);
  const finding = { count: MADE_OF_THE_RECORD.length + 1, unit: 'carriers', bytes, note: null };
  const [first] = differences;
  if (!first || isThisCode) return { ...finding, differences };
  const where = `${first.object}, ${first.place ?? 'which is missing'}: expected ${first.expected}, found ${first.found}`;
  if (isSigned && first.place !== null)
    return {
      ...finding,
      note: `another version of veille made them (${where}); their digests are signed`,
      differences: [],
    };
  throw new NotChecked(
    `${where}. Another version of veille made it, or somebody changed it: audit with the build that recorded the run`,
  );
}

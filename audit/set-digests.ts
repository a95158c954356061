/** Digests that stand for several files: a folder's, and an encoder's. */
import { encoderDigest, ENCODER_INFO } from '../activities/export-encoder.ts';
import { fileSet, type FileSet } from '../contracts/artifact.ts';
import { encoderInfo } from '../contracts/trainer.ts';
import { digestOf } from '../core/canonical.ts';
import type { AuditedRun } from './audited-run.ts';
import type { Difference } from './check.ts';
import { firstDifference } from './first-difference.ts';
import { stepsOf } from './step-results.ts';

/**
 * Folders and encoders of the record whose digest is not that of their files.
 *
 * @throws ArtifactLostError when what describes an encoder is missing or damaged
 */
export async function setDifferences({ record, artifacts }: AuditedRun): Promise<(Difference | null)[]> {
  const ofFolders = record.steps.flatMap((step) =>
    foldersIn(step.result).map(({ digest, files }) => {
      const listed = files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes }));
      return firstDifference(step.record.key, digestOf(listed), digest, 'digest of its files');
    }),
  );
  const ofEncoders = stepsOf(record, 'export').map(async ({ record: { key }, result: encoder }) => {
    const { digest, files } = encoder;
    const described = files.files.find(({ path }) => path === ENCODER_INFO);
    if (!described) return { object: key, place: 'files', expected: ENCODER_INFO, found: 'nothing' };
    const info = encoderInfo.parse(JSON.parse(Buffer.from(await artifacts.getBytes(described)).toString('utf8')));
    return firstDifference(key, encoderDigest(info, encoder), digest, 'digest');
  });
  return [...ofFolders, ...(await Promise.all(ofEncoders))];
}

function foldersIn(value: unknown): FileSet[] {
  if (typeof value !== 'object' || value === null) return [];
  const { data } = fileSet.safeParse(value);
  return data ? [data] : Object.values(value).flatMap(foldersIn);
}

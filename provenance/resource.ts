/** in-toto's ResourceDescriptor, of which statements are made (https://github.com/in-toto/attestation/tree/main/spec/v1). */
import type { ArtifactRef } from '../contracts/artifact.ts';

export interface ResourceDescriptor {
  readonly name: string;
  readonly uri?: string;
  /** Algorithm, by in-toto's names, → lower-case hexadecimal digest. */
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** @param key where the object is in the bucket; null: beside the statement, under its name */
export function resource(
  name: string,
  { sha256 }: Pick<ArtifactRef, 'sha256'>,
  key: string | null = null,
): ResourceDescriptor {
  return { name, digest: { sha256 }, ...(key === null ? {} : { annotations: { key } }) };
}

/** References to immutable, content-addressed objects: all that ever crosses a process border of the data itself. */
import { z } from 'zod';

/** Lower-case hexadecimal SHA-256. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

/** One stored object: where it is, what its bytes hash to, how many they are. */
export const artifactRef = z.strictObject({
  key: z.string().min(1),
  sha256: sha256Hex,
  bytes: z.number().int().nonnegative(),
});
export type ArtifactRef = z.infer<typeof artifactRef>;

/** A folder as content-addressed files. `digest` is over the sorted (path, sha256, bytes) list. */
export const fileSet = z.strictObject({
  digest: sha256Hex,
  files: z.array(artifactRef.extend({ path: z.string().min(1) })).min(1),
});
export type FileSet = z.infer<typeof fileSet>;

/** The workflow run that made a result. */
export const provenance = z.strictObject({ workflowId: z.string(), runId: z.string() });
export type Provenance = z.infer<typeof provenance>;

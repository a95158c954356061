/** References to immutable, content-addressed objects: all that ever crosses a process border of the data itself. */
import { z } from 'zod';
import { quoteText } from './quote.ts';
import { clashOf, relativePathFault } from './relative-path.ts';

/** Lower-case hexadecimal SHA-256. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

/** A path, or a key, that stays below whatever it is joined to. */
export const relativePath = z
  .string()
  .min(1)
  .superRefine((path, context) => {
    const fault = relativePathFault(path);
    if (fault !== null) context.addIssue({ code: 'custom', message: `${fault}: it must be a plain relative path` });
  });

/** One object of the bucket, wherever it stands: its key, what its bytes hash to, how many they are. */
export const objectRef = z.strictObject({
  key: relativePath,
  sha256: sha256Hex,
  bytes: z.number().int().nonnegative(),
});

/** Key of the object with these bytes. */
export function artifactKey(digest: string): string {
  return `artifacts/sha256/${digest.slice(0, 2)}/${digest}`;
}

/** An object under the key that its digest implies: nothing else can be read, or removed, in its name. */
export const artifactRef = objectRef.refine(isAtItsDigest, {
  path: ['key'],
  error: 'must be artifacts/sha256/… of its SHA-256',
});
export type ArtifactRef = z.infer<typeof artifactRef>;

/** What the record of a run names: an artifact, or a file of a run's folder, such as its history. */
export const recordedRef = objectRef.refine((ref) => isAtItsDigest(ref) || ref.key.startsWith('runs/'), {
  path: ['key'],
  error: 'must be artifacts/sha256/… of its SHA-256, or in the folder of a run',
});

function isAtItsDigest({ key, sha256 }: z.infer<typeof objectRef>): boolean {
  return key === artifactKey(sha256);
}

/** Files of one folder by their paths; `ref` says where their bytes may stand. */
export function filesOf(ref: typeof objectRef) {
  return z
    .array(ref.extend({ path: relativePath }))
    .min(1)
    .superRefine((files, context) => {
      const clash = clashOf(files.map(({ path }) => path));
      if (clash)
        context.addIssue({
          code: 'custom',
          message: `${clash.map((path) => `"${quoteText(path)}"`).join(' and ')} can't both be files`,
        });
    });
}

/** A folder as content-addressed files. `digest` is over the sorted (path, sha256, bytes) list. */
export const fileSet = z.strictObject({ digest: sha256Hex, files: filesOf(artifactRef) });
export type FileSet = z.infer<typeof fileSet>;

/** The workflow run that made a result. */
export const provenance = z.strictObject({ workflowId: z.string(), runId: z.string() });
export type Provenance = z.infer<typeof provenance>;

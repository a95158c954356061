/** The error of an object that a reference names but the store no longer holds as it was. */
import type { ArtifactRef } from '../../contracts/artifact.ts';

/** Thrown by readers; the run recomputes what made the object. */
export class ArtifactLostError extends Error {
  override readonly name = 'ArtifactLostError';
  readonly ref: ArtifactRef;
  readonly reason: 'missing' | 'corrupt';

  constructor(ref: ArtifactRef, reason: 'missing' | 'corrupt', found?: string) {
    super(
      reason === 'missing'
        ? `Object ${ref.key} is missing from the store`
        : `Object ${ref.key} is corrupt: its bytes hash to ${found ?? 'something else'}, not to ${ref.sha256}`,
    );
    this.ref = { key: ref.key, sha256: ref.sha256, bytes: ref.bytes };
    this.reason = reason;
  }
}

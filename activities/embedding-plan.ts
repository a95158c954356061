/** What is left to encode, as objects in the store: an activity for a segment reads the segment's texts only. */
import { z } from 'zod';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { artifactRef, sha256Hex, type ArtifactRef } from '../contracts/artifact.ts';
import { segmentId } from '../core/segments.ts';
import { packTextKeys } from '../core/text-key.ts';

const count = z.number().int().nonnegative();
const planSchema = z.strictObject({
  /** One JSON array of texts a segment, concatenated. */
  texts: artifactRef,
  segments: z.array(z.strictObject({ id: sha256Hex, start: count, end: count })),
});

export interface PlannedSegment {
  readonly id: string;
  readonly texts: readonly string[];
}

/** Stores the plan for segments of texts, in order. */
export async function storePlan(artifacts: ArtifactStore, segments: readonly PlannedSegment[]): Promise<ArtifactRef> {
  const bodies = segments.map(({ texts }) => Buffer.from(`${JSON.stringify(texts)}\n`));
  let end = 0;
  const table = segments.map(({ id }, index) => {
    const start = end;
    end += bodies[index]?.length ?? 0;
    return { id, start, end };
  });
  const texts = await artifacts.putBytes(Buffer.concat(bodies));
  return artifacts.putBytes(Buffer.from(JSON.stringify({ texts, segments: table })));
}

/**
 * One segment of a stored plan; its texts are checked by the segment's name, which is a hash over them.
 *
 * @throws ArtifactLostError
 */
export async function readPlannedSegment(
  artifacts: ArtifactStore,
  plan: ArtifactRef,
  index: number,
): Promise<PlannedSegment> {
  const { texts, segments } = planSchema.parse(
    JSON.parse(Buffer.from(await artifacts.getBytes(plan)).toString('utf8')),
  );
  const segment = segments[index];
  if (!segment) throw new RangeError(`plan ${plan.key} has ${segments.length} segments, none with the number ${index}`);
  const body = await artifacts.objects.getRange(texts.key, segment.start, segment.end);
  if (!body) throw new ArtifactLostError(texts, 'missing');
  const parsed = JSON.parse(Buffer.from(body).toString('utf8')) as string[];
  if (segmentId(packTextKeys(parsed)) !== segment.id) throw new ArtifactLostError(texts, 'corrupt');
  return { id: segment.id, texts: parsed };
}

/**
 * What is left to encode, as objects in the store: the missing texts, each once, segment after segment, in objects of a
 * bounded size, and a table of the segments. Who encodes a segment reads its row of the table and its own texts only.
 */
import { z } from 'zod';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { artifactRef, sha256Hex, type ArtifactRef } from '../contracts/artifact.ts';
import { segmentId } from '../core/segments.ts';
import { packTextKeys } from '../core/text-key.ts';

/** An object of texts is closed at this size: memory holds one, and S3 takes 5 GiB at once. */
const OBJECT_BYTES = 64 << 20;

const count = z.number().int().nonnegative();

const planSchema = z.strictObject({
  schema: z.literal(2),
  /** Objects of texts: one JSON array a segment, a line each. */
  texts: z.array(artifactRef),
  /** {@link ROW_BYTES} a segment: its id, the number of its object, its first byte there and one past its last. */
  table: artifactRef,
});

/** Of earlier versions: one object of texts, and all segments in the plan itself. */
const singlePlanSchema = z.strictObject({
  texts: artifactRef,
  segments: z.array(z.strictObject({ id: sha256Hex, start: count, end: count })),
});

const ID_BYTES = 32;
const ROW_BYTES = ID_BYTES + 3 * 4;

export interface PlannedSegment {
  readonly id: string;
  readonly texts: readonly string[];
}

/** Where a segment's texts are. */
interface SegmentPlace {
  readonly id: string;
  readonly texts: ArtifactRef;
  readonly start: number;
  readonly end: number;
}

/**
 * Stores the plan for segments of texts, in order; memory holds one object of texts.
 *
 * @param objectBytes most bytes of an object of texts; a segment that is longer has one to itself
 */
export async function storePlan(
  artifacts: ArtifactStore,
  segments: AsyncIterable<PlannedSegment> | Iterable<PlannedSegment>,
  objectBytes = OBJECT_BYTES,
): Promise<ArtifactRef> {
  const texts: ArtifactRef[] = [];
  const rows: Buffer[] = [];
  let bodies: Buffer[] = [];
  let bytes = 0;
  const close = async (): Promise<void> => {
    if (bodies.length > 0) texts.push(await artifacts.putBytes(Buffer.concat(bodies)));
    bodies = [];
    bytes = 0;
  };
  for await (const { id, texts: ofSegment } of segments) {
    const body = Buffer.from(`${JSON.stringify(ofSegment)}\n`);
    if (bytes + body.length > objectBytes) await close();
    rows.push(rowOf(id, texts.length, bytes, bytes + body.length));
    bodies.push(body);
    bytes += body.length;
  }
  await close();
  const table = await artifacts.putBytes(Buffer.concat(rows));
  const plan: z.infer<typeof planSchema> = { schema: 2, texts, table };
  return artifacts.putBytes(Buffer.from(JSON.stringify(plan)));
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
  const document: unknown = JSON.parse(Buffer.from(await artifacts.getBytes(plan)).toString('utf8'));
  const parsed = z.union([planSchema, singlePlanSchema]).parse(document);
  const segments = 'table' in parsed ? parsed.table.bytes / ROW_BYTES : parsed.segments.length;
  if (!(index < segments))
    throw new RangeError(`plan ${plan.key} has ${segments} segments, none with the number ${index}`);
  const place =
    'table' in parsed ? await placeIn(artifacts, parsed, index) : { ...parsed.segments[index]!, texts: parsed.texts };
  const texts = parseTexts(await rangeOf(artifacts, place.texts, place.start, place.end));
  if (texts !== null && segmentId(packTextKeys(texts)) === place.id) return { id: place.id, texts };
  // The row of the table was read by itself, so it may be the table that is damaged: as a whole it is checked.
  if ('table' in parsed) await artifacts.getBytes(parsed.table);
  throw new ArtifactLostError(place.texts, 'corrupt');
}

async function placeIn(
  artifacts: ArtifactStore,
  { table, texts: objects }: z.infer<typeof planSchema>,
  index: number,
): Promise<SegmentPlace> {
  const row = Buffer.from(await rangeOf(artifacts, table, index * ROW_BYTES, (index + 1) * ROW_BYTES));
  const texts = objects[row.readUInt32LE(ID_BYTES)];
  const [start, end] = [row.readUInt32LE(ID_BYTES + 4), row.readUInt32LE(ID_BYTES + 8)];
  if (!texts || start >= end || end > texts.bytes) throw new ArtifactLostError(table, 'corrupt');
  return { id: row.toString('hex', 0, ID_BYTES), texts, start, end };
}

function rowOf(id: string, object: number, start: number, end: number): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  row.write(id, 'hex');
  row.writeUInt32LE(object, ID_BYTES);
  row.writeUInt32LE(start, ID_BYTES + 4);
  row.writeUInt32LE(end, ID_BYTES + 8);
  return row;
}

/** @throws ArtifactLostError also where the object is too short for the range */
async function rangeOf(artifacts: ArtifactStore, ref: ArtifactRef, start: number, end: number): Promise<Uint8Array> {
  try {
    const body = await artifacts.objects.getRange(ref.key, start, end);
    if (body) return body;
  } catch (error) {
    if ((await artifacts.check(ref)) === 'ok') throw error;
    throw new ArtifactLostError(ref, 'corrupt');
  }
  throw new ArtifactLostError(ref, 'missing');
}

/** Null where the bytes are no JSON, and so not those that were written. */
function parseTexts(body: Uint8Array): string[] | null {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as string[];
  } catch {
    return null;
  }
}

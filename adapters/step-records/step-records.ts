/** The memory of finished steps: `steps/<name>/<key>.json`, first writer wins. */
import { z } from 'zod';
import { type ArtifactRef, objectRef } from '../../contracts/artifact.ts';
import type { Environment } from '../../contracts/environment.ts';
import { stepRecord, type StepRecord } from '../../contracts/steps.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { StoredBytesDamagedError } from '../object-store/store-error.ts';
import { untilSettled } from '../object-store/until-settled.ts';
import { mapParallel } from '../requests/map-parallel.ts';
import { unitsNamedIn } from '../retention/units.ts';

export interface RecalledStep<Result> {
  readonly result: Result;
  readonly record: StepRecord;
}

/** Seals records that are written, and says which stored ones are not to be taken. */
export interface RecordSeals {
  seal(record: StepRecord): StepRecord;
  /** Whether the stored JSON is still what was sealed. */
  isIntact(record: unknown): boolean;
  /** Why the stored JSON is not to be taken; null: it is. */
  refusal(record: unknown): string | null;
}

export type Warn = (message: string, attributes: Record<string, unknown>) => void;

/** Recorded steps for those who compute none. */
export class RecordedSteps {
  readonly seals: RecordSeals;
  readonly #artifacts: ArtifactStore;
  readonly #warn: Warn;

  constructor(artifacts: ArtifactStore, seals: RecordSeals, warn: Warn) {
    this.seals = seals;
    this.#artifacts = artifacts;
    this.#warn = warn;
  }

  /**
   * The recorded result of a step, or null: never recorded, the record is unreadable, damaged or not signed by a key that
   * is trusted, or an object that it names is missing or was replaced. All but the first are told to `warn`: the step will
   * be computed again.
   *
   * @throws CondemnedError when a garbage collection is about to remove something that it names
   */
  async recall<Result>(name: string, key: string, schema: z.ZodType<Result>): Promise<RecalledStep<Result> | null> {
    const artifacts = this.#artifacts;
    const at = stepRecordKey(name, key);
    const found = await this.#use(at).catch((error: unknown) => {
      // No JSON is unreadable too.
      if (error instanceof StoredBytesDamagedError) return new Uint8Array();
      throw error;
    });
    if (!found) return null;
    const document = parseJson(found);
    const recalled = parseRecord(document, schema);
    const refusal = recalled?.record.key === key ? this.seals.refusal(document) : 'is unreadable';
    if (!recalled || refusal !== null) {
      this.#warn(`step record ${refusal}: the step is computed again`, { record: at });
      return null;
    }
    await artifacts.collections.refuse([at, ...unitsNamedIn(recalled.record)]);
    const refs = referencesIn(recalled.result);
    const check = async (ref: ArtifactRef) => ({ ref, state: await artifacts.check(ref) });
    const [head, states] = await Promise.all([
      artifacts.objects.head(at),
      mapParallel(refs, check, { concurrency: 16 }),
    ]);
    const lost = states.filter(({ state }) => state !== 'ok');
    for (const { ref, state } of lost)
      this.#warn(`recorded object is ${state}: the step is computed again`, { record: at, object: ref.key });
    return head && lost.length === 0 ? recalled : null;
  }

  /** A record that is relied on, touched where its age would not show that; null when there is none. */
  async #use(at: string): Promise<Uint8Array | null> {
    const { objects, collections } = this.#artifacts;
    const { body } = await untilSettled(objects.url, `touch ${at}`, async () => {
      const [found, head] = await Promise.all([objects.get(at), objects.head(at)]);
      if (!found || !head) return { body: null };
      if (!collections.needsTouch(head.modified)) return found;
      return (await objects.putIfMatch(at, found.body, found.etag)) ? found : null;
    });
    return body;
  }
}

/** The same for those who compute what is missing. */
export class StepRecords extends RecordedSteps {
  /** What the steps that are recorded here are computed with. */
  readonly environment: Environment;
  readonly #artifacts: ArtifactStore;

  constructor(artifacts: ArtifactStore, environment: Environment, seals: RecordSeals, warn: Warn) {
    super(artifacts, seals, warn);
    this.environment = environment;
    this.#artifacts = artifacts;
  }

  /**
   * Seals and records a finished step. When another run recorded the same key meanwhile, and its objects are whole,
   * that record stands and is returned.
   *
   * @throws CondemnedError when a garbage collection is about to remove something that it names
   */
  async record<Result>(made: StepRecord, schema: z.ZodType<Result>): Promise<RecalledStep<Result>> {
    const record = this.seals.seal(made);
    const at = stepRecordKey(record.name, record.key);
    const body = Buffer.from(canonicalJson(record));
    const { objects, collections } = this.#artifacts;
    return untilSettled(objects.url, `put ${at}`, async () => {
      if (!(await objects.putIfAbsent(at, body))) {
        const winner = await this.recall(record.name, record.key, schema);
        if (winner) return winner;
        const stale = await objects.head(at);
        if (!stale || !(await objects.putIfMatch(at, body, stale.etag))) return null;
      }
      await collections.refuse([at, ...unitsNamedIn(record)]);
      return (await objects.head(at)) ? { result: record.result as Result, record } : null;
    });
  }
}

/** Where a step's record stands. */
export function stepRecordKey(name: string, key: string): string {
  return `steps/${name}/${key}.json`;
}

/** Null where the bytes are no JSON. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}

function parseRecord<Result>(document: unknown, schema: z.ZodType<Result>): RecalledStep<Result> | null {
  const record = stepRecord.safeParse(document).data;
  if (!record) return null;
  const result = schema.safeParse(record.result);
  return result.success ? { record, result: result.data } : null;
}

/** With a forged key it is a reference too: it is asked for, and is not there. */
const anyRef = objectRef.extend({ key: z.string().min(1) });

/** Every {@link ArtifactRef} inside a result, however deep, each once. */
export function referencesIn(value: unknown): ArtifactRef[] {
  const found = new Map<string, ArtifactRef>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { key, sha256, bytes } = node as Record<string, unknown>;
    const ref = anyRef.safeParse({ key, sha256, bytes });
    if (ref.success) found.set(`${ref.data.key} ${ref.data.sha256} ${ref.data.bytes}`, ref.data);
    for (const child of Object.values(node)) visit(child);
  };
  visit(value);
  return [...found.values()];
}

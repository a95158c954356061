/** The memory of finished steps: `steps/<name>/<key>.json`, first writer wins. */
import pMap from 'p-map';
import type { z } from 'zod';
import { artifactRef, type ArtifactRef } from '../../contracts/artifact.ts';
import { stepRecord, type StepRecord } from '../../contracts/steps.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';

export interface RecalledStep<Result> {
  readonly result: Result;
  readonly record: StepRecord;
}

export type Warn = (message: string, attributes: Record<string, unknown>) => void;

export class StepRecords {
  readonly #artifacts: ArtifactStore;
  readonly #warn: Warn;

  constructor(artifacts: ArtifactStore, warn: Warn) {
    this.#artifacts = artifacts;
    this.#warn = warn;
  }

  /**
   * The recorded result of a step, or null: never recorded, record unreadable, or an object that it
   * names is missing or was replaced. All but the first are told to `warn`: the step will be computed again.
   */
  async recall<Result>(name: string, key: string, schema: z.ZodType<Result>): Promise<RecalledStep<Result> | null> {
    const at = recordKey(name, key);
    const found = await this.#artifacts.objects.get(at);
    if (!found) return null;
    const recalled = parseRecord(found.body, schema);
    if (!recalled || recalled.record.key !== key) {
      this.#warn('step record is unreadable and is made again', { record: at });
      return null;
    }
    const refs = referencesIn(recalled.result);
    const states = await pMap(refs, async (ref) => ({ ref, state: await this.#artifacts.check(ref) }), {
      concurrency: 16,
    });
    const lost = states.filter(({ state }) => state !== 'ok');
    for (const { ref, state } of lost)
      this.#warn(`recorded object is ${state}: the step is computed again`, { record: at, object: ref.key });
    return lost.length === 0 ? recalled : null;
  }

  /**
   * Records a finished step. When another run recorded the same key meanwhile, and its objects are whole,
   * that record stands and is returned.
   */
  async record<Result>(record: StepRecord, schema: z.ZodType<Result>): Promise<RecalledStep<Result>> {
    const at = recordKey(record.name, record.key);
    const body = Buffer.from(canonicalJson(record));
    for (;;) {
      if (await this.#artifacts.objects.putIfAbsent(at, body)) return { result: record.result as Result, record };
      const winner = await this.recall(record.name, record.key, schema);
      if (winner) return winner;
      const stale = await this.#artifacts.objects.get(at);
      if (stale && (await this.#artifacts.objects.putIfMatch(at, body, stale.etag)))
        return { result: record.result as Result, record };
    }
  }
}

function recordKey(name: string, key: string): string {
  return `steps/${name}/${key}.json`;
}

function parseRecord<Result>(body: Uint8Array, schema: z.ZodType<Result>): RecalledStep<Result> | null {
  try {
    const record = stepRecord.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    return { record, result: schema.parse(record.result) };
  } catch {
    return null;
  }
}

/** Every {@link ArtifactRef} inside a result, however deep, each key once. */
export function referencesIn(value: unknown): ArtifactRef[] {
  const found = new Map<string, ArtifactRef>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { key, sha256, bytes } = node as Record<string, unknown>;
    const ref = artifactRef.safeParse({ key, sha256, bytes });
    if (ref.success) found.set(ref.data.key, ref.data);
    for (const child of Object.values(node)) visit(child);
  };
  visit(value);
  return [...found.values()];
}

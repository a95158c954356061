/** The recorded steps that a step which is to be computed is told apart from. */
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { stepRecord, type StepRecord } from '../../contracts/steps.ts';
import type { StepIdentity } from '../../core/step-key.ts';
import { leafDifferences, type LeafDifference } from '../../core/leaf-differences.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';

/** Records of a step that are read: the newest, since what changed is asked about the last nights. */
const NEWEST = 64;
/** What steps call the model that they are about; most have neither or one. */
const MODEL_INPUTS = ['model', 'encoder'];
/** Enough to hide a bucket's latency. */
const CONCURRENCY = 16;

export interface NearestRecord {
  readonly record: StepRecord;
  /** From it (`a`) to the step (`b`), leaf by leaf. */
  readonly differences: readonly LeafDifference[];
}

export class NearestRecords {
  readonly #store: ObjectStore;
  readonly #records = new Map<string, Promise<readonly StepRecord[]>>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * The record of the same step with the fewest differences, of equally near ones the newest. Records of the same model come
   * first: what another one was given says nothing of why this one is computed. Null: there is none.
   */
  async to(identity: StepIdentity): Promise<NearestRecord | null> {
    const { name } = identity;
    const records = await this.#of(name);
    const ofModel = records.filter((record) =>
      MODEL_INPUTS.every((input) => record.inputs[input] === identity.inputs[input]),
    );
    return (ofModel.length > 0 ? ofModel : records)
      .map((record) => ({ record, differences: leafDifferences(described(record), described(identity)) }))
      .reduce<NearestRecord | null>(
        (best, one) => (best === null || one.differences.length < best.differences.length ? one : best),
        null,
      );
  }

  /** Newest first. */
  async #of(name: string): Promise<readonly StepRecord[]> {
    const known = this.#records.get(name) ?? this.#read(name);
    this.#records.set(name, known);
    return known;
  }

  async #read(name: string): Promise<readonly StepRecord[]> {
    const listed: { readonly key: string; readonly modified: Date }[] = [];
    for await (const object of this.#store.list(`steps/${name}/`)) listed.push(object);
    const newest = listed.sort((a, b) => b.modified.getTime() - a.modified.getTime()).slice(0, NEWEST);
    const records = await mapParallel(newest, async ({ key }) => parsed((await this.#store.get(key))?.body), {
      concurrency: CONCURRENCY,
    });
    return records
      .filter((record) => record !== null)
      .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  }
}

/** One that can't be read is no neighbour; that it is there is told where its own step is recalled. */
function parsed(body: Uint8Array | undefined): StepRecord | null {
  if (!body) return null;
  try {
    return stepRecord.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    return null;
  }
}

function described({ version, code, inputs, parameters }: StepIdentity): Record<string, unknown> {
  return { version, ...(code === undefined ? {} : { code }), inputs, parameters };
}

/** Reads what the documents of a bucket rely on: records of runs and of steps. */
import { RUN_FILES } from '../../contracts/run-record.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import type { Inventory, StoredUnit } from './inventory.ts';
import { RetentionError } from './retention-error.ts';
import { unitsNamedIn } from './units.ts';

export interface RunNeeds {
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
  /** Of those that are there. */
  readonly units: readonly string[];
}

export class Documents {
  readonly #objects: ObjectStore;
  /** A record of a run never changes, so that the second look need not read it again. */
  readonly #runs = new Map<string, RunNeeds>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /**
   * What the record of a run names, of whatever schema it is; one that does not say when the run ended is as old as its
   * folder.
   *
   * @param unit.name of the run
   * @param inventory thousands of records name the same few units: they share its strings
   * @returns null when it is gone
   * @throws RetentionError `unreadable-record`
   */
  async run({ name, changedAt }: StoredUnit, inventory: Inventory): Promise<RunNeeds | null> {
    const known = this.#runs.get(name);
    if (known) return known;
    const key = name + RUN_FILES.record;
    const found = await this.#objects.get(key);
    if (!found) return null;
    const document = parse(found.body);
    if (typeof document !== 'object' || document === null)
      throw new RetentionError(
        'unreadable-record',
        `${key} in ${this.#objects.url} is no record of a run, so that nobody knows which objects it needs: restore an ` +
          'earlier version of the object, or delete it to give the run up.',
      );
    const units = [...unitsNamedIn(document)].flatMap((named) => inventory.get(named)?.name ?? []);
    const needs = { finishedAt: instantIn(document) ?? changedAt, units };
    this.#runs.set(name, needs);
    return needs;
  }

  /**
   * What a step record or the list of an uploaded folder names; nothing where it is gone or unreadable: a step is made
   * again then, and a run that needs the folder fails of the list already.
   */
  async named(key: string): Promise<Set<string>> {
    const found = await this.#objects.get(key);
    return unitsNamedIn(found && parse(found.body));
  }
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function instantIn(document: object): number | null {
  const { finishedAt } = document as { readonly finishedAt?: unknown };
  const at = typeof finishedAt === 'string' ? Date.parse(finishedAt) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

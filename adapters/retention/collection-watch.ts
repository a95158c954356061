/**
 * The writers' side of the protocol with garbage collection: write or touch, then ask whether it is condemned, then see
 * whether it is there.
 *
 * The collection does the same from the other end: it publishes what it condemns, then looks what was written. Of the
 * two one sees the other (Dekker's argument): a write before the second look is spared, and a writer after it finds the
 * list, or finds the object gone where the collection is over.
 */
import type { ObjectStore } from '../object-store/object-store.ts';
import { untilSettled } from '../object-store/until-settled.ts';
import { TOUCH_AFTER_MS } from './ages.ts';
import {
  CONDEMNED_KEY,
  emptied,
  encodeList,
  isAbandoned,
  isActive,
  parseList,
  type CondemnedList,
} from './condemned-list.ts';
import { CondemnedError } from './retention-error.ts';

interface ReadList {
  readonly etag: string;
  readonly list: CondemnedList | null;
  readonly units: ReadonlySet<string>;
}

/** All methods throw what the object store throws. */
export class CollectionWatch {
  readonly #objects: ObjectStore;
  readonly #now: () => number;
  /** The newest version that was read: it is mostly the same, and then a HEAD is all. */
  #known: ReadList | null = null;

  /** @param now milliseconds since the epoch */
  constructor(objects: ObjectStore, now: () => number = Date.now) {
    this.#objects = objects;
    this.#now = now;
  }

  /** Whether an object that is relied on has to be written again, so that its age says so. */
  needsTouch(modified: Date): boolean {
    return this.#now() - modified.getTime() > TOUCH_AFTER_MS;
  }

  /**
   * Asked after units were written, touched or found, and before it is seen whether they are still there.
   *
   * @throws CondemnedError when one of them may be removed any moment
   */
  async refuse(units: Iterable<string>): Promise<void> {
    const condemned = await this.#read();
    if (!condemned) return;
    const since = condemned.list?.since ?? 'an unknown time';
    if (condemned.list === null) throw new CondemnedError(this.#objects.url, null, since);
    for (const unit of units) if (condemned.units.has(unit)) throw new CondemnedError(this.#objects.url, unit, since);
  }

  /** The list while there is something on it; one that its collection has left behind is emptied. */
  async #read(): Promise<ReadList | null> {
    const { active } = await untilSettled(this.#objects.url, `read ${CONDEMNED_KEY}`, async () => {
      const head = await this.#objects.head(CONDEMNED_KEY);
      if (!head) return { active: null };
      const known = this.#known?.etag === head.etag ? this.#known : await this.#load();
      // Another version by now.
      if (known?.etag !== head.etag) return null;
      if (!isActive(known.list)) return { active: null };
      if (!isAbandoned(head.modified, this.#now())) return { active: known };
      const nothing = encodeList(emptied(known.list, this.#now()));
      return (await this.#objects.putIfMatch(CONDEMNED_KEY, nothing, known.etag)) ? { active: null } : null;
    });
    return active;
  }

  async #load(): Promise<ReadList | null> {
    const found = await this.#objects.get(CONDEMNED_KEY);
    if (!found) return null;
    const list = parseList(found.body);
    this.#known = { etag: found.etag, list, units: new Set(list?.units) };
    return this.#known;
  }
}

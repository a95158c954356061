/** The collections' side of `gc/condemned.json`: one collection holds it at a time, and only while it renews it. */
import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../object-store/object-store.ts';
import { untilSettled } from '../object-store/until-settled.ts';
import {
  CONDEMNED_KEY,
  emptied,
  encodeList,
  isAbandoned,
  isActive,
  parseList,
  type CondemnedList,
} from './condemned-list.ts';
import { RetentionError } from './retention-error.ts';

/** Far below the age at which somebody takes the list for abandoned. */
const RENEW_AFTER_MS = 60_000;

interface Terms {
  readonly units: readonly string[];
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class Condemnation {
  readonly #objects: ObjectStore;
  readonly #now: () => number;
  #list: CondemnedList;
  #renewedAt: number;

  private constructor(objects: ObjectStore, list: CondemnedList, now: () => number) {
    this.#objects = objects;
    this.#now = now;
    this.#list = list;
    this.#renewedAt = now();
  }

  /**
   * Publishes what is to be removed; a list that a killed collection has left behind is replaced.
   *
   * @throws RetentionError `busy`
   */
  static async publish(objects: ObjectStore, { units, by, now }: Terms): Promise<Condemnation> {
    const since = new Date(now()).toISOString();
    const list: CondemnedList = { schema: 1, owner: randomUUID(), by, since, renewals: 0, units: [...units] };
    return untilSettled(objects.url, `put ${CONDEMNED_KEY}`, async () => {
      const condemnation = new Condemnation(objects, list, now);
      if (await objects.putIfAbsent(CONDEMNED_KEY, encodeList(list))) return condemnation;
      const head = await objects.head(CONDEMNED_KEY);
      const found = head && (await objects.get(CONDEMNED_KEY));
      if (!found || found.etag !== head.etag) return null;
      const other = parseList(found.body);
      if (isActive(other) && !isAbandoned(head.modified, now())) throw busy(objects.url, other);
      return (await objects.putIfMatch(CONDEMNED_KEY, encodeList(list), found.etag)) ? condemnation : null;
    });
  }

  /**
   * Asked before anything is deleted.
   *
   * @throws RetentionError `lost`
   */
  async renew(): Promise<void> {
    if (this.#now() - this.#renewedAt < RENEW_AFTER_MS) return;
    const renewedAt = this.#now();
    if (!(await this.#replace({ ...this.#list, renewals: this.#list.renewals + 1 })))
      throw new RetentionError(
        'lost',
        `This collection in ${this.#objects.url} did nothing for too long, and somebody else has lifted its list: ` +
          'what is left can be collected by a new one.',
      );
    this.#renewedAt = renewedAt;
  }

  /** The collection is over. */
  async lift(): Promise<void> {
    await this.#replace(emptied(this.#list, this.#now()));
  }

  /** @returns false where another one has it */
  async #replace(next: CondemnedList): Promise<boolean> {
    const found = await this.#objects.get(CONDEMNED_KEY);
    const standing = found && parseList(found.body);
    if (!found || standing?.owner !== this.#list.owner || standing.units.length === 0) return false;
    const replaced = await this.#objects.putIfMatch(CONDEMNED_KEY, encodeList(next), found.etag);
    if (replaced) this.#list = next;
    return replaced;
  }
}

function busy(url: string, other: CondemnedList | null): RetentionError {
  const whose = other ? `by ${other.by} since ${other.since}` : 'by another version of veille';
  return new RetentionError(
    'busy',
    `${url} is being collected ${whose}: one collection works at a time. If that one was killed, ` +
      'its list counts as abandoned an hour after its last sign of life.',
  );
}

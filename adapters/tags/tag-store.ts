/** Tags of runs in the bucket: one small object each, so that two people who tag at the same time don't meet. */
import type { Provenance } from '../../contracts/artifact.ts';
import { parseTagKey, tag, tagFolder, tagName, type Tag } from '../../contracts/tags.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { ObjectStore } from '../object-store/object-store.ts';

export interface NamedTag {
  readonly name: string;
  /** Null where the object is none that this version can read: the name counts all the same. */
  readonly tag: Tag | null;
}

/** All methods throw what the object store throws. */
export class TagStore {
  readonly #objects: ObjectStore;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** Tags of one run by their names, sorted. */
  async list(run: Provenance): Promise<NamedTag[]> {
    const tags: NamedTag[] = [];
    for await (const { key } of this.#objects.list(tagFolder(run))) {
      const parsed = parseTagKey(key);
      const found = parsed && (await this.#objects.get(key));
      if (found) tags.push({ name: parsed.name, tag: parseTag(found.body) });
    }
    return tags;
  }

  /**
   * Puts a tag on a run; whether the run exists is not asked.
   *
   * @returns false when the run has a tag of this name: it stays as it is
   * @throws {z.ZodError} when the name is none that a tag may have
   */
  async add(run: Provenance, name: string, content: Tag): Promise<boolean> {
    return this.#objects.putIfAbsent(keyOf(run, name), Buffer.from(canonicalJson(tag.parse(content))));
  }

  /**
   * Takes a tag off a run.
   *
   * @returns false when the run has none of this name
   * @throws {z.ZodError} when the name is none that a tag may have
   */
  async remove(run: Provenance, name: string): Promise<boolean> {
    const key = keyOf(run, name);
    const isThere = (await this.#objects.head(key)) !== null;
    if (isThere) await this.#objects.delete([key]);
    return isThere;
  }
}

function keyOf(run: Provenance, name: string): string {
  return `${tagFolder(run)}${tagName.parse(name)}.json`;
}

function parseTag(body: Uint8Array): Tag | null {
  try {
    return tag.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    return null;
  }
}

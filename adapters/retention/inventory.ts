/** Everything in the bucket that a collection may judge, out of its listings. */
import type { ObjectStore } from '../object-store/object-store.ts';
import { COLLECTED_PREFIXES, unitOf, type UnitName } from './units.ts';

export interface StoredUnit extends UnitName {
  readonly keys: readonly string[];
  readonly bytes: number;
  /** Milliseconds since the epoch of the last change to any of its objects. */
  readonly changedAt: number;
}

/** By the names of the units. */
export type Inventory = ReadonlyMap<string, StoredUnit>;

export interface InventoryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of objects so far. */
  readonly onListed?: ((objects: number) => void) | undefined;
}

/** Lists each prefix once and asks for no single object. */
export async function takeInventory(
  objects: ObjectStore,
  { signal, onListed }: InventoryOptions = {},
): Promise<Inventory> {
  const units = new Map<
    string,
    { name: string; kind: UnitName['kind']; keys: string[]; bytes: number; changedAt: number }
  >();
  let listed = 0;
  for (const prefix of COLLECTED_PREFIXES)
    for await (const { key, bytes, modified } of objects.list(prefix)) {
      signal?.throwIfAborted();
      const named = unitOf(key);
      if (!named) continue;
      const unit = units.get(named.name) ?? { ...named, keys: [], bytes: 0, changedAt: 0 };
      unit.keys.push(key);
      unit.bytes += bytes;
      unit.changedAt = Math.max(unit.changedAt, modified.getTime());
      units.set(named.name, unit);
      onListed?.(++listed);
    }
  return units;
}

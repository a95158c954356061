/** A hash table from text keys to their positions, in two typed arrays: a million keys take 8 MB beside themselves. */
import { KEY_BYTES, keyCount } from './text-key.ts';

const EMPTY = -1;

export class KeyTable {
  readonly #keys: Uint8Array;
  /** Slot → position in the keys; open addressing, half full at most. */
  readonly #slots: Int32Array;

  /** @param keys uint8 [n, 32]; of equal keys the first one is found. */
  constructor(keys: Uint8Array) {
    this.#keys = keys;
    const count = keyCount(keys);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 1))).fill(EMPTY);
    for (let index = 0; index < count; index++) {
      const slot = this.#slotOf(keys, index);
      if (this.#slots[slot] === EMPTY) this.#slots[slot] = index;
    }
  }

  /** Position of the key at `index` of `others`, or -1. */
  find(others: Uint8Array, index: number): number {
    return this.#slots[this.#slotOf(others, index)] ?? EMPTY;
  }

  /** The slot that holds the key, or the empty one where it would stand. */
  #slotOf(others: Uint8Array, index: number): number {
    const start = index * KEY_BYTES;
    const mask = this.#slots.length - 1;
    // A SHA-256 is its own hash: its first four bytes are as good as any function of it.
    let slot =
      (others[start]! | (others[start + 1]! << 8) | (others[start + 2]! << 16) | (others[start + 3]! << 24)) & mask;
    for (; this.#slots[slot] !== EMPTY; slot = (slot + 1) & mask)
      if (this.#isEqual(this.#slots[slot]!, others, start)) return slot;
    return slot;
  }

  #isEqual(position: number, others: Uint8Array, start: number): boolean {
    const own = position * KEY_BYTES;
    for (let byte = 0; byte < KEY_BYTES; byte++) if (this.#keys[own + byte] !== others[start + byte]) return false;
    return true;
  }
}

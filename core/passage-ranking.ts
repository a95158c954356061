/** Passages ranked for one query by a search in float32, whose order can be made the same on every machine. */
import { compareNearness } from './ranking.ts';

/** Places from `start` up to, not including, `end`. */
export interface PlaceRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Cosines nearer to each other than this may change places with the number of threads or the size of a batch: BLAS then
 * sums in another order. A float32 cosine was never further than a quarter of it from the exact one, up to 4,096
 * dimensions.
 */
const TIE = 4e-6;

export class PassageRanking {
  /** Nearest first. */
  readonly passages: Int32Array;
  readonly cosines: Float64Array;
  /** True when the whole corpus is ranked, but for passages that were left out on purpose. */
  readonly complete: boolean;
  readonly #exact = new Set<number>();

  constructor(passages: Int32Array, cosines: Float64Array, complete: boolean) {
    this.passages = passages;
    this.cosines = cosines;
    this.complete = complete;
  }

  /**
   * The ranking out of one query's search result, without the passages that are known to answer it. From an incomplete
   * result the last places are cut off, as far as they may tie with a passage that was not found.
   *
   * @param passages nearest first [k]
   * @param cosines [k]
   * @param corpusSize passages that were searched, k or more
   */
  static without(
    answers: ReadonlySet<number>,
    passages: Int32Array,
    cosines: Float32Array,
    corpusSize: number,
  ): PassageRanking {
    const complete = passages.length === corpusSize;
    let end = passages.length;
    if (!complete) while (end > 0 && cosines[end - 1]! - cosines.at(-1)! < TIE) end--;
    const kept = { passages: new Int32Array(end), cosines: new Float64Array(end) };
    let length = 0;
    for (let place = 0; place < end; place++) {
      if (answers.has(passages[place]!)) continue;
      kept.passages[length] = passages[place]!;
      kept.cosines[length++] = cosines[place]!;
    }
    return new PassageRanking(kept.passages.subarray(0, length), kept.cosines.subarray(0, length), complete);
  }

  get length(): number {
    return this.passages.length;
  }

  /** Places whose cosine is above a threshold. */
  countAbove(threshold: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.cosines[middle]! > threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The first run of places that float32 can't order, or can't tell on which side of the threshold they are, and that
   * reaches into one of the ranges. A place at the threshold always matters. Null when all is settled.
   */
  unsettledRun(threshold: number, ranges: readonly PlaceRange[]): PlaceRange | null {
    const atThreshold = { start: this.countAbove(threshold + TIE), end: this.countAbove(threshold - TIE) };
    for (const range of [...ranges, atThreshold])
      for (let place = Math.max(0, range.start); place < Math.min(range.end, this.length);) {
        const run = this.#runAt(place);
        const isOpen = run.end - run.start > 1 || range === atThreshold;
        if (isOpen && !this.#isSettled(run)) return run;
        place = run.end;
      }
    return null;
  }

  /**
   * Orders a run by exact cosines, equal ones by the number of the passage.
   *
   * @param start first place of the run
   * @param exact cosines of its passages, in the order in which they stand
   */
  settle(start: number, exact: readonly number[]): void {
    const entries = exact.map((cosine, offset) => ({ cosine, passage: this.passages[start + offset]! }));
    entries.sort(compareNearness);
    for (const [offset, { cosine, passage }] of entries.entries()) {
      this.cosines[start + offset] = cosine;
      this.passages[start + offset] = passage;
      this.#exact.add(passage);
    }
  }

  #runAt(place: number): PlaceRange {
    let start = place;
    while (start > 0 && this.#tiesWithNext(start - 1)) start--;
    let end = place + 1;
    while (end < this.length && this.#tiesWithNext(end - 1)) end++;
    return { start, end };
  }

  #isSettled({ start, end }: PlaceRange): boolean {
    return this.passages.subarray(start, end).every((passage) => this.#exact.has(passage));
  }

  #tiesWithNext(place: number): boolean {
    return this.cosines[place]! - this.cosines[place + 1]! < TIE;
  }
}

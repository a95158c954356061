/** How large a batch may be: what was planned, until memory does not hold one; from then on half of that. */
import type { Batch } from '../../core/batches.ts';

export class BatchBudget {
  readonly #leastRows: number;
  /** Padded tokens (rows × length) of the largest batch. */
  #tokens: number;

  constructor(tokensPerBatch: number, leastRows: number) {
    this.#tokens = tokensPerBatch;
    this.#leastRows = leastRows;
  }

  get tokensPerBatch(): number {
    return this.#tokens;
  }

  /** Takes note that memory did not hold a batch; false where it can't be made smaller. */
  refuse(batch: Batch): boolean {
    if (!this.#canHalve(batch)) return false;
    this.#tokens = Math.min(this.#tokens, Math.floor((batch.indices.length * batch.length) / 2));
    return true;
  }

  /**
   * A planned batch as one that fits, or in halves. A half has the rows that a batch needs to give the same bits, or is
   * filled up by repetition like any other.
   */
  split(batch: Batch): readonly Batch[] {
    const { length, indices } = batch;
    if (indices.length * length <= this.#tokens || !this.#canHalve(batch)) return [batch];
    const middle = Math.ceil(indices.length / 2);
    return [indices.slice(0, middle), indices.slice(middle)].flatMap((half) => this.split({ length, indices: half }));
  }

  #canHalve({ indices }: Batch): boolean {
    return indices.length > this.#leastRows;
  }
}

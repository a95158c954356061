/** Thrown by reads of texts that nobody has encoded, or whose segment was lost: embed again. */
export class MissingEmbeddingsError extends Error {
  override readonly name = 'MissingEmbeddingsError';
  /** Keys without an embedding. */
  readonly count: number;
  /** Prefix of the encoder's segments. */
  readonly prefix: string;

  constructor(count: number, total: number, prefix: string) {
    super(`${count} of ${total} texts have no embedding under ${prefix}: run the embedding step again`);
    this.count = count;
    this.prefix = prefix;
  }
}

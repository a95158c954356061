/** The encoder as activities see it: texts in, embeddings of unit length out. */

export interface EncodeOptions {
  /** Stops between two batches; `encode` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the texts embedded so far. */
  readonly onProgress?: (done: number) => void;
}

export interface EncodedTexts {
  /** Row-major float32 [texts, dimensions], in the order of the texts. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  /** Texts longer than the encoder's maximum, embedded by their beginning. */
  readonly truncated: number;
}

export interface Encoder {
  readonly dimensions: number;
  readonly maxSeqLength: number;

  /**
   * Embeds texts, prefixes already applied. On one kind of CPU the bits of an embedding depend on its text alone: not
   * on the other texts, their order, the token budget, or the number of sessions and threads. On a GPU they may.
   *
   * @throws EncoderError (`inference-failed`, `thread-crashed`, `disposed`)
   */
  encode(texts: readonly string[], options?: EncodeOptions): Promise<EncodedTexts>;

  /** Ends the threads and frees the model; the process stays alive until then. */
  dispose(): Promise<void>;
}

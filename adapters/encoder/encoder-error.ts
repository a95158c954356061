/** What can go wrong in the encoder; the message names the folder or the thread and the fix. */

export type EncoderErrorCode =
  /** A file of the encoder's folder is missing, malformed or does not fit the others. */
  | 'invalid-folder'
  /** CUDA was asked for and can't be used here. There is no fall-back to the CPU: its bits and its speed differ. */
  | 'cuda-unavailable'
  /** The model ran and failed, or gave values that are no embeddings. */
  | 'inference-failed'
  /** There was no memory for a batch: a smaller one may fit. */
  | 'out-of-memory'
  /** A session's thread died. The next call starts a new one. */
  | 'thread-crashed'
  /** `dispose` has been called. */
  | 'disposed';

export class EncoderError extends Error {
  override readonly name = 'EncoderError';
  readonly code: EncoderErrorCode;

  constructor(code: EncoderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

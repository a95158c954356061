/** The error of every reader in this folder: the data are not what the configuration says, and no retry mends that. */
import { boundMessage } from '../../contracts/quote.ts';

export type RowsErrorCode =
  /** A named column does not exist. */
  | 'missing-column'
  /** A value is neither text nor null. */
  | 'wrong-type'
  /** A named column exists twice. */
  | 'repeated-column'
  /** A value is text that no encoder can read: half of a surrogate pair, bytes that are not UTF-8, or a NUL. */
  | 'invalid-text'
  /** The bytes are not of the format: cut off, another format, another encoding, a syntax error. */
  | 'unreadable'
  /** The file's name does not tell its format. */
  | 'unknown-format'
  /** There is no row. */
  | 'empty';

/** The message names the file, the place in it and the fix, and is bounded whatever the file holds. */
export class RowsError extends Error {
  override readonly name = 'RowsError';
  readonly code: RowsErrorCode;

  constructor(code: RowsErrorCode, message: string, options?: ErrorOptions) {
    super(boundMessage(message), options);
    this.code = code;
  }
}

import { boundMessage } from '../../contracts/quote.ts';

type Code = 'not-found' | 'changed' | 'invalid';

/** A data or model source that is not there, can't be read, is not what its pin says, or is no model that can be used. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(boundMessage(message), options);
    this.code = code;
  }
}

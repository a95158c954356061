import { boundMessage } from '../../contracts/quote.ts';

/** A data or model source that is not there, can't be read, or is not what its pin says. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: 'not-found' | 'changed';

  constructor(code: 'not-found' | 'changed', message: string, options?: ErrorOptions) {
    super(boundMessage(message), options);
    this.code = code;
  }
}

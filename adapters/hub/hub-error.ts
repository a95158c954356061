import { boundMessage } from '../../contracts/quote.ts';

/** The hub, or the way to it, that is away for a while. What it says no to is a SourceError. */
export class HubUnavailableError extends Error {
  override readonly name = 'HubUnavailableError';
  /** Milliseconds that the hub asks to wait; null: it does not say. */
  readonly retryAfter: number | null;

  constructor(message: string, { retryAfter = null, cause }: { retryAfter?: number | null; cause?: unknown } = {}) {
    super(boundMessage(message), { cause });
    this.retryAfter = retryAfter;
  }
}

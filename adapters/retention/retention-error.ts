/** What keeps garbage collection from its work, or a writer from relying on what is being collected. */

/** Thrown to writers: once the collection is over, the same request finds the object spared, or gone and to be made again. */
export class CondemnedError extends Error {
  override readonly name = 'CondemnedError';

  /** @param unit null: the list can't be read, so that it may name anything */
  constructor(url: string, unit: string | null, since: string) {
    super(
      `${unit ?? 'An object'} in ${url} may be removed by a garbage collection that began at ${since}: ` +
        'it is asked for again in a moment.',
    );
  }
}

export type RetentionErrorCode =
  /** Another collection is at work, or was killed less than an hour ago. */
  | 'busy'
  /** Somebody took this collection for abandoned: it may delete nothing more. */
  | 'lost'
  /** A record of a run is no JSON, so that nobody knows what it needs. */
  | 'unreadable-record';

/** The message says what stands there and what to do. */
export class RetentionError extends Error {
  override readonly name = 'RetentionError';
  readonly code: RetentionErrorCode;

  constructor(code: RetentionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

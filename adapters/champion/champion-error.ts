/** What keeps the champion from being read or moved, and that a person has to see to. */

export type ChampionErrorCode =
  /** `models/champion.json` is there, but is none that this version can read. */
  | 'unreadable'
  /** Nothing was ever promoted. */
  | 'no-champion'
  /** No other model was champion before the present one. */
  | 'nothing-before'
  | 'unknown-revision'
  /** The model that is asked for is the champion already. */
  | 'same-model'
  /** Others moved the champion meanwhile. */
  | 'moved';

/** The message says what stands there and what to do. */
export class ChampionError extends Error {
  override readonly name = 'ChampionError';
  readonly code: ChampionErrorCode;

  constructor(code: ChampionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Notices that a process has reported nothing for too long. */

/** Looks within the limit. */
const TICKS = 20;

/**
 * Counts its own ticks rather than a clock's seconds: when this process was stopped or the machine slept, what the
 * other said meanwhile is still to be read.
 */
export class SilenceWatch {
  readonly #timer: NodeJS.Timeout;
  #silentTicks = 0;

  /** @param onSilence called once, after `seconds` in which nothing was heard */
  constructor(seconds: number, onSilence: () => void) {
    this.#timer = setInterval(
      () => {
        if (++this.#silentTicks < TICKS) return;
        this.end();
        onSilence();
      },
      (seconds * 1_000) / TICKS,
    );
  }

  /** The silence is broken, and counted anew. */
  heard(): void {
    this.#silentTicks = 0;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

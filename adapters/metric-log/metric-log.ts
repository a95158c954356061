/**
 * The metrics of a training while it goes on, as one object: JSON Lines of {step, metrics}, ascending, each step once.
 *
 * Unlike the trainer's own log, which has only what its bits decide, it may hold rates and memory. Each attempt takes
 * over what the last one has left up to its checkpoint, and writes the whole anew: so the last attempt wins a step.
 */
import type { MetricValues } from '../../contracts/metrics.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { untilSettled } from '../object-store/until-settled.ts';

export class MetricLog {
  readonly #objects: ObjectStore;
  readonly #key: string;
  readonly #steps = new Map<number, MetricValues>();

  constructor(objects: ObjectStore, key: string) {
    this.#objects = objects;
    this.#key = key;
  }

  /**
   * Takes over the steps up to a checkpoint.
   *
   * @param checkpointLog lines of the log in the checkpoint, whose values are those that the training goes on with
   */
  async resume(step: number, checkpointLog: string): Promise<void> {
    const stored = await this.#objects.get(this.#key);
    const lines = [
      ...parseLines(stored ? Buffer.from(stored.body).toString('utf8') : ''),
      ...parseLines(checkpointLog),
    ];
    for (const line of lines) if (line.step <= step) this.add(line.step, line.metrics);
  }

  /** A step's metrics may come in parts, of the training and of the dev evaluation. */
  add(step: number, metrics: MetricValues): void {
    this.#steps.set(step, { ...this.#steps.get(step), ...metrics });
  }

  /** Replaces the object, whoever wrote it: call it only as the training's owner. */
  async write(): Promise<void> {
    if (this.#steps.size === 0) return;
    const steps = [...this.#steps].toSorted(([a], [b]) => a - b);
    const body = Buffer.from(steps.map(([step, metrics]) => `${JSON.stringify({ step, metrics })}\n`).join(''));
    await untilSettled(this.#objects.url, `put ${this.#key}`, async () => {
      const head = await this.#objects.head(this.#key);
      const written = head
        ? await this.#objects.putIfMatch(this.#key, body, head.etag)
        : await this.#objects.putIfAbsent(this.#key, body);
      return written || null;
    });
  }
}

interface Line {
  readonly step: number;
  readonly metrics: MetricValues;
}

/** Lines that are none of ours are left out: this log is for watching, and no reason to stop a training. */
function parseLines(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = JSON.parse(line) as Partial<Line> | null;
      return typeof parsed?.step === 'number' && parsed.metrics ? [{ step: parsed.step, metrics: parsed.metrics }] : [];
    } catch {
      return [];
    }
  });
}

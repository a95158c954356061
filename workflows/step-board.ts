/** Keeps what the `progress` query answers: the state of every step of one run. */
import type { StepName, StepProgress } from '../contracts/progress.ts';
import { STEP_NAMES } from '../contracts/progress.ts';
import type { StepOutcome } from '../contracts/steps.ts';

export class StepBoard {
  readonly #steps = new Map<StepName, StepProgress>();
  readonly #outcomes = new Map<StepName, StepOutcome<unknown>>();
  readonly #passed: () => Promise<void>;
  readonly #changed: () => void;

  /**
   * @param passed awaited before each step: it returns when the step may start. @default at once
   * @param changed called after each change of a step's state
   */
  constructor(passed: () => Promise<void> = async () => {}, changed: () => void = () => {}) {
    this.#passed = passed;
    this.#changed = changed;
    for (const name of STEP_NAMES) this.#steps.set(name, { name, state: 'waiting' });
  }

  /** The steps in the order of the DAG. */
  get steps(): StepProgress[] {
    return [...this.#steps.values()];
  }

  step(name: StepName): StepProgress {
    return { name, state: 'waiting', ...this.#steps.get(name) };
  }

  /** Outcomes of the steps that are done. */
  get outcomes(): Record<string, StepOutcome<unknown>> {
    return Object.fromEntries(this.#outcomes);
  }

  /**
   * Marks a step as running until `work` settles, and keeps its outcome.
   *
   * @param note one line for people on the result; null: there is nothing to say
   */
  async run<R>(
    name: StepName,
    work: () => Promise<StepOutcome<R>>,
    note: (result: R) => string | null = () => null,
  ): Promise<R> {
    await this.#passed();
    this.#update(name, { state: 'running', startedAt: Date.now() });
    try {
      const outcome = await work();
      const { result, cached, madeBy } = outcome;
      this.#outcomes.set(name, outcome);
      const told = note(result);
      const end = { state: 'done', cached, madeBy, finishedAt: Date.now() } as const;
      this.#update(name, told === null ? end : { ...end, note: told });
      return result;
    } catch (error) {
      this.#update(name, { state: 'failed', finishedAt: Date.now() });
      throw error;
    }
  }

  /** A step that this run's input switches off. */
  skip(name: StepName, note: string): void {
    this.#update(name, { state: 'skipped', note });
  }

  /** One line for people on a step that runs. */
  note(name: StepName, note: string): void {
    this.#update(name, { note });
  }

  /** Work units done, for steps that count them. */
  count(name: StepName, done: number, total: number): void {
    this.#update(name, { done, total });
  }

  #update(name: StepName, change: Partial<StepProgress>): void {
    this.#steps.set(name, { ...this.step(name), ...change });
    this.#changed();
  }
}

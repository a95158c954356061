/** What a sweep knows of its trials, and everything that it tells about itself. */
import { workflowInfo } from '@temporalio/workflow';
import type { PreparedSweep } from '../contracts/activities.ts';
import {
  DEV_METRICS,
  ranking,
  type SweepProgress,
  type SweepWinner,
  type TrialProgress,
  type TrialResult,
} from '../contracts/sweep-result.ts';
import type { RunControl } from './run-control.ts';
import { RunState } from './run-state.ts';

export class SweepState {
  readonly plan: PreparedSweep;
  readonly control: RunControl;
  #shared: RunState;
  #trials: readonly TrialProgress[];
  #winner: SweepWinner | null = null;
  readonly #changed: () => void;

  /** @param changed called after each change that people see */
  constructor(plan: PreparedSweep, control: RunControl, changed: () => void) {
    this.plan = plan;
    this.control = control;
    this.#shared = new RunState(plan.prepared, control, null, changed);
    this.#trials = plan.trials.map((changes, position) => ({ number: position + 1, changes, state: 'waiting' }));
    this.#changed = changed;
  }

  /** The answer to `sweep` while the input is still being checked. */
  static notStarted({ paused }: RunControl): SweepProgress {
    const texts = { encoded: 0, cached: 0 };
    return { metric: DEV_METRICS[0], trials: [], repeated: 0, shared: [], texts, paused, winner: null };
  }

  get progress(): SweepProgress {
    const { metric, repeated } = this.plan;
    const shared = this.#shared.board.steps.filter(({ state }) => state !== 'waiting');
    return {
      metric,
      trials: this.#trials,
      repeated,
      shared,
      texts: this.texts,
      paused: this.control.paused,
      winner: this.#winner,
    };
  }

  /** The steps that the trials share. */
  get shared(): RunState {
    return this.#shared;
  }

  get texts(): SweepProgress['texts'] {
    const all = [this.#shared.texts, ...this.#trials.flatMap(({ result }) => result?.texts ?? [])];
    return {
      encoded: all.reduce((sum, { encoded }) => sum + encoded, 0),
      cached: all.reduce((sum, { cached }) => sum + cached, 0),
    };
  }

  /** The shared steps from their beginning; trials that have ended stay. */
  restart(): RunState {
    return (this.#shared = new RunState(this.plan.prepared, this.control, this.#shared, this.#changed));
  }

  get waiting(): TrialProgress[] {
    return this.#trials.filter(({ state }) => state === 'waiting');
  }

  started(number: number): void {
    this.#update(number, (trial) => ({ ...trial, state: 'running', startedAt: Date.now() }));
  }

  done(number: number, result: TrialResult): void {
    this.#update(number, (trial) => ({ ...trial, state: 'done', finishedAt: Date.now(), result }));
  }

  failed(number: number, failure: NonNullable<TrialProgress['failure']>): void {
    this.#update(number, (trial) => ({ ...trial, state: 'failed', finishedAt: Date.now(), failure }));
  }

  /** The trial was stopped for a reason that is not its own. */
  stopped(number: number): void {
    this.#update(number, ({ changes }) => ({ number, changes, state: 'waiting' }));
  }

  /** The best trial that is done; null when all have failed. */
  chooseWinner(): SweepWinner | null {
    const [best] = ranking(this.#trials, this.plan.metric);
    if (best?.state !== 'done') return null;
    this.#winner = { trial: best.number, workflowId: `${workflowInfo().workflowId}/winner` };
    this.#changed();
    return this.#winner;
  }

  #update(number: number, change: (trial: TrialProgress) => TrialProgress): void {
    this.#trials = this.#trials.map((trial) => (trial.number === number ? change(trial) : trial));
    this.#changed();
  }
}

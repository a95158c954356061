/** One walk through the DAG: its configuration, and everything that it tells about itself. */
import type { PreparedRun } from '../contracts/activities.ts';
import type { GateResult } from '../contracts/gate.ts';
import type { CountedSignal, NotedSignal, RunProgress } from '../contracts/progress.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import type { PromotionResult } from '../contracts/run-result.ts';
import type { RunControl } from './run-control.ts';
import { runLabels } from '../contracts/run-name.ts';
import { StepBoard } from './step-board.ts';

export interface Decision {
  readonly gate: GateResult;
  readonly promotion: PromotionResult | null;
}

export class RunState {
  readonly prepared: PreparedRun;
  readonly control: RunControl;
  readonly board: StepBoard;
  #metrics: RunProgress['metrics'] = {};
  #texts: RunProgress['texts'];
  #decision: Decision | null;
  readonly #changed: () => void;

  /**
   * @param before the walk that met a damaged object, whose encoded texts still count
   * @param changed called after each change that people see
   */
  constructor(prepared: PreparedRun, control: RunControl, before: RunState | null, changed: () => void) {
    this.prepared = prepared;
    this.control = control;
    this.board = new StepBoard(() => control.passed(), changed);
    this.#texts = { encoded: before?.texts.encoded ?? 0, cached: 0 };
    // What was decided stands: a candidate that is the champion by now is not to be judged against itself.
    this.#decision = before?.decision ?? null;
    this.#changed = changed;
  }

  /** The answer to `progress` while the input is still being checked. */
  static notStarted({ paused, approvalUntil }: RunControl): RunProgress {
    const steps = new StepBoard().steps;
    return { preset: '', steps, metrics: {}, texts: { encoded: 0, cached: 0 }, paused, approvalUntil, gate: null };
  }

  get config(): RetrainConfig {
    return this.prepared.config;
  }

  get texts(): RunProgress['texts'] {
    return this.#texts;
  }

  get progress(): RunProgress {
    const { paused, approvalUntil } = this.control;
    return {
      ...runLabels(this.config),
      steps: this.board.steps,
      metrics: this.#metrics,
      texts: this.#texts,
      paused,
      approvalUntil,
      gate: this.#decision?.gate ?? null,
    };
  }

  /** Takes a signal of the work on a step. */
  hear(signal: NotedSignal | CountedSignal): void {
    if (signal.note !== undefined) this.board.note(signal.step, signal.note);
    else if ('done' in signal) this.board.count(signal.step, signal.done, signal.total);
  }

  measured(metrics: RunProgress['metrics']): void {
    this.#metrics = { ...this.#metrics, ...metrics };
    this.#changed();
  }

  judged(gate: GateResult, promotion: PromotionResult | null): void {
    this.#decision = { gate, promotion };
    this.#changed();
  }

  /** The verdict, and what followed it as far as that is known. */
  get decision(): Decision | null {
    return this.#decision;
  }

  embedded(encoded: number, cached: number): void {
    this.#texts = { encoded: this.#texts.encoded + encoded, cached: this.#texts.cached + cached };
  }
}

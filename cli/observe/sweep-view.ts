/** One look at a sweep: all that the renderers need, gathered from Temporal at one instant. */
import type { SweepProgress, SweepResult } from '../../contracts/sweep-result.ts';
import type { RunView, WorkflowView } from './run-view.ts';

export interface SweepView extends WorkflowView<SweepProgress, SweepResult> {
  /** The trials that run, and after them the winner's run. */
  readonly open: readonly OpenChild[];
}

export interface OpenChild {
  /** `trial 3`, or `winner`. */
  readonly name: string;
  readonly view: RunView;
}

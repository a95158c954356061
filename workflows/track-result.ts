/** The W&B step: the one step whose failure does not fail the run. */
import type { CpuActivities, TrackInput } from '../contracts/activities.ts';
import type { TrackingResult } from '../contracts/run-result.ts';
import { describedActivities } from './described-activities.ts';
import { applicationFailure } from './failures.ts';
import { TRACKING } from './options.ts';
import type { StepBoard } from './step-board.ts';

const { trackRun }: CpuActivities = describedActivities(TRACKING);

export async function trackResult(board: StepBoard, input: TrackInput): Promise<TrackingResult> {
  if (input.config.tracking.mode === 'none') {
    board.skip('track', 'tracking.mode is none');
    return { state: 'none' };
  }
  try {
    return await board.run('track', () => trackRun(input));
  } catch (error) {
    const failure = applicationFailure(error);
    // A cancelled run is cancelled; W&B being away is only told.
    if (!failure) throw error;
    return { state: 'failed', error: failure.message };
  }
}

/** A step on the GPU queue says when no worker of the run's build is there to take it, instead of waiting silently. */
import { CancellationScope, patched, sleep } from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import type { StepName } from '../contracts/progress.ts';
import { describedActivities } from './described-activities.ts';
import { LOOK } from './options.ts';
import type { StepBoard } from './step-board.ts';

const cpu: CpuActivities = describedActivities(LOOK);

/** Minutes between looks, doubled each time: a run that waits for days has a short history. */
const PAUSE = { first: 1, last: 64 } as const;

const LOOK_AGAIN = 'until the next look for a worker on the GPU queue';

/** Does the work, and notes on the step what it waits for while nobody polls the queue. */
export async function onGpuQueue<R>(board: StepBoard, step: StepName, work: () => Promise<R>): Promise<R> {
  if (!patched('gpu-queue-watch')) return work();
  const pauses = new CancellationScope();
  // The look is for people: where it fails, the work goes its way.
  void watch(board, step, pauses).catch(() => undefined);
  try {
    return await work();
  } finally {
    // A look itself is over in a moment, and its answer is ignored then.
    pauses.cancel();
  }
}

async function watch(board: StepBoard, step: StepName, pauses: CancellationScope): Promise<void> {
  for (let pause: number = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.last)) {
    const waitsFor = await cpu.checkGpuQueue();
    if (pauses.consideredCancelled) return;
    if (waitsFor === null) {
      if (pause > PAUSE.first) board.note(step, '');
      return;
    }
    board.note(step, waitsFor);
    await pauses.run(() => sleep(`${pause} minutes`, { summary: LOOK_AGAIN }));
  }
}

/** What the GPU workers log of a training: which step each of them trained, when, and from where it went on. */
import type { TestStack } from '../../test/fixtures/test-stack.ts';

export interface LoggedStep {
  /** The worker's process. */
  readonly pid: number;
  /** Milliseconds since the epoch, on this machine's clock. */
  readonly time: number;
  readonly step: number;
  readonly what: 'trained' | 'trained first' | 'resumed' | 'loaded';
}

const WHAT: Readonly<Record<string, LoggedStep['what']>> = {
  'trained a step': 'trained',
  'trained its first step': 'trained first',
  'training goes on from a checkpoint': 'resumed',
  'model and checkpoint are loaded': 'loaded',
};

interface Line {
  readonly pid: number;
  readonly time: number;
  readonly msg: string;
  readonly step?: number;
  readonly workflowId?: string;
}

/** Of one run, in order of time; needs workers that log at level debug. */
export async function loggedSteps(stack: TestStack, workflowId: string): Promise<LoggedStep[]> {
  const lines = (await stack.logOf('worker-gpu')).split('\n').flatMap(parse);
  const ofRun = lines.filter((line) => line.workflowId === workflowId);
  const steps = ofRun.flatMap(({ pid, time, msg, step }) => {
    const what = WHAT[msg];
    return what && step !== undefined ? [{ pid, time, step, what }] : [];
  });
  return steps.toSorted((a, b) => a.time - b.time);
}

/** Nothing for a line that a kill has cut, or that is no JSON. */
function parse(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}

/** Remembers the demo's workflow ID from before it starts until its result is written: what a restart goes on with. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { startRun, timedId } from '../start-run.ts';
import { RunNotFoundError } from '../exit.ts';
import { readRun } from '../observe/read-run.ts';
import type { RunId, RunView } from '../observe/run-view.ts';
import { readJson, writeJsonAtomically } from './state-file.ts';

export interface DemoRun extends RunId {
  /** True when an earlier demo had started it. */
  readonly resumed: boolean;
}

/**
 * The run that an interrupted demo of this state folder was waiting for, if it goes on or has completed meanwhile;
 * a new one otherwise.
 */
export async function resumeOrStart(client: Client, stateDir: string, now: Date): Promise<DemoRun> {
  const remembered = await rememberedId(stateDir);
  const earlier = remembered === null ? null : await readIfThere(client, remembered);
  if (earlier && (earlier.status === 'running' || earlier.status === 'completed')) {
    return { workflowId: earlier.workflowId, runId: earlier.runId, resumed: true };
  }
  // An ID that was written down but not started is still free.
  const workflowId = remembered !== null && earlier === null ? remembered : timedId('demo', now);
  await writeJsonAtomically(markerPath(stateDir), { workflowId });
  return { ...(await startRun(client, workflowId, {}, 'high')), resumed: false };
}

/** The demo is over: the next one starts anew. */
export async function forgetDemo(stateDir: string): Promise<void> {
  await rm(markerPath(stateDir), { force: true });
}

function markerPath(stateDir: string): string {
  return join(stateDir, 'demo-run.json');
}

async function rememberedId(stateDir: string): Promise<string | null> {
  const marker = (await readJson(markerPath(stateDir))) as { workflowId?: unknown } | null;
  return typeof marker?.workflowId === 'string' ? marker.workflowId : null;
}

async function readIfThere(client: Client, workflowId: string): Promise<RunView | null> {
  try {
    return await readRun(client, workflowId);
  } catch (error) {
    if (error instanceof RunNotFoundError) return null;
    throw error;
  }
}

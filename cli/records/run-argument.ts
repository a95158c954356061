/** How a command line names a run: a workflow ID, or `workflow@run` for a certain run of it. */

export interface RunArgument {
  readonly workflowId: string;
  /** Undefined: the newest record of the workflow ID. */
  readonly runId: string | undefined;
}

/** Run IDs are UUIDs, and a workflow ID may have an @ of its own. */
const CERTAIN_RUN = /^(?<workflowId>.+)@(?<runId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** @param text `nightly-2026-11-24`, or `nightly-2026-11-24@0199c5a0-7d3e-7c0a-9a54-3f0f5a1f4c11` */
export function parseRunArgument(text: string): RunArgument {
  const { workflowId = text, runId } = CERTAIN_RUN.exec(text)?.groups ?? {};
  return { workflowId, runId };
}

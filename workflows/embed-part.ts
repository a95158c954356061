/** Embeds all texts of a part in a child workflow, whose history the run is spared. */
import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { EmbedInput } from '../contracts/activities.ts';
import { CPU_QUEUE } from '../contracts/queues.ts';
import { summaryLine } from '../contracts/run-summary.ts';
import { embeddedPart } from './activity-summaries.ts';
import { embed, type Embedded } from './embed.ts';

/** @param name of the child below this run's workflow ID */
export async function embedPart(name: string, input: Omit<EmbedInput, 'run'>): Promise<Embedded> {
  const { workflowId, runId } = workflowInfo();
  return executeChild(embed, {
    workflowId: `${workflowId}/${name}`,
    taskQueue: CPU_QUEUE,
    args: [{ ...input, run: { workflowId, runId } }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: summaryLine(`embed ${embeddedPart(input.step)}`),
  });
}

/** What the gate says of the test queries that it does not judge by: in the UI, the webhook, the CLI and the model card. */
import type { GateResult, LeftOut } from './gate.ts';

type Overlap = LeftOut['candidate'];

/** `263 queries left out: the candidate has seen 263 (…)`; null where all queries count. */
export function leftOutText({ leftOut, leftOutBy }: GateResult): string | null {
  if (leftOut === 0) return null;
  // Records of earlier versions of the step know of the champion alone.
  if (!leftOutBy) return `${leftOut} test queries left out, since the champion was trained on them or selected by them`;
  const { champion, candidate } = leftOutBy;
  const seen = [seenText('candidate', candidate), ...(champion ? [seenText('champion', champion)] : [])];
  return `${leftOut} test queries left out, from train or dev parts: ${seen.join('; ')}`;
}

function seenText(model: string, { pairs, queries }: Overlap): string {
  return `${pairs + queries} in the ${model}'s (${pairs} with the same passage, ${queries} with another)`;
}

/** The gate's verdict, judged again from the per-query files that it was made of. */
import { z } from 'zod';
import { type Evidence, verdictOn } from '../activities/gate-verdict.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { gateRule, type GateResult } from '../contracts/gate.ts';
import { RUN_FILES } from '../contracts/run-record.ts';
import type { AuditedRun } from './audited-run.ts';
import type { Difference } from './check.ts';
import { firstDifference } from './first-difference.ts';
import { inputOf, type Made, stepAt } from './step-results.ts';

const parameters = z.object({ rule: gateRule });

/**
 * Where the recorded gate is not what its evidence gives; null: it is.
 *
 * @throws ArtifactLostError when a file that it rests on is missing or damaged, the champion's parts among them
 */
export async function verdictDifference(run: AuditedRun): Promise<Difference | null> {
  const step = stepAt(run.record, 'judge', 'judge');
  const key = run.key(RUN_FILES.record);
  // A run that was repaired keeps the decision of before the repair.
  if (!step) return null;
  const { reference } = step.result;
  const judged: GateResult = {
    ...(await verdictOn(run.artifacts, await evidenceOf(run, step), run.signal)),
    reference,
  };
  return (
    firstDifference(key, judged, run.record.gate, 'gate') ??
    firstDifference(step.record.key, judged, step.result, 'result')
  );
}

/** The files by the digests that are the step's inputs. */
async function evidenceOf(run: AuditedRun, step: Made<GateResult>): Promise<Evidence> {
  const { rule } = parameters.parse(step.parameters);
  const file = (input: string): Promise<ArtifactRef> => run.object(inputOf(step, input));
  const guards = await Promise.all(
    Object.keys(rule.guards).map(async (name) => {
      const champion = await file(`reference.guards.${name}`);
      return [name, { champion, candidate: await file(`tuned.guards.${name}`) }] as const;
    }),
  );
  const isAgainstChampion = step.result.reference.kind === 'champion';
  return {
    rule,
    test: await file('test'),
    seen: {
      champion: isAgainstChampion ? [await file('championTrain'), await file('championDev')] : null,
      candidate: step.version === 1 ? null : [await file('candidateTrain'), await file('candidateDev')],
    },
    ranks: { champion: await file('reference'), candidate: await file('tuned') },
    guards: Object.fromEntries(guards),
  };
}

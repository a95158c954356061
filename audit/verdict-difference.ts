/** The gate's verdict, judged again from the per-query files that it was made of. */
import { z } from 'zod';
import { type Evidence, verdictOn } from '../activities/gate-verdict.ts';
import { evidenceOf, judgeStep } from '../activities/judge-candidate.ts';
import { artifactRef, type ArtifactRef } from '../contracts/artifact.ts';
import { gateResult, type GateResult, gateRule, gateSection } from '../contracts/gate.ts';
import type { JudgeInput } from '../contracts/gate-activities.ts';
import { RUN_FILES } from '../contracts/run-record.ts';
import { digestOf } from '../core/canonical.ts';
import { stepKey } from '../core/step-key.ts';
import type { AuditedRun } from './audited-run.ts';
import type { Difference } from './check.ts';
import { rulesOf } from './configured-parameters.ts';
import { firstDifference } from './first-difference.ts';
import { inputOf, type Made, stepAt } from './step-results.ts';
import { activitiesIn } from './told-history.ts';

/** A verdict with what it rests on, and where that stands. */
interface Judgement {
  readonly object: string;
  readonly place: string;
  readonly result: GateResult;
  readonly evidence: Evidence;
}

/**
 * Where the recorded gate is not what its evidence gives; null: it is.
 *
 * @throws ArtifactLostError when a file that it rests on is missing or damaged, the champion's parts among them
 */
export async function verdictDifference(run: AuditedRun): Promise<Difference | null> {
  const { record } = run;
  const step = stepAt(record, 'judge', 'judge');
  const judgement = step ? await judgementOf(run, step) : await judgementBeforeRepair(run);
  const key = run.key(RUN_FILES.record);
  if (!judgement)
    return { object: key, place: 'steps.judge', expected: 'the step, or its result in the history', found: 'nothing' };
  const { evidence } = judgement;
  const judged: GateResult = {
    ...(await run.once({ verdict: evidence }, () => verdictOn(run.artifacts, evidence, run.signal))),
    reference: judgement.result.reference,
  };
  return (
    firstDifference(key, judged, record.gate, 'gate') ??
    firstDifference(judgement.object, judged, judgement.result, judgement.place)
  );
}

const parameters = z.object({ rule: gateRule });

/** The files by the digests that are the step's inputs. */
async function judgementOf(run: AuditedRun, step: Made<GateResult>): Promise<Judgement> {
  const { rule } = parameters.parse(step.parameters);
  const file = (input: string): Promise<ArtifactRef> => run.object(inputOf(step, input));
  const guards = await Promise.all(
    Object.keys(rule.guards).map(async (name) => {
      const champion = await file(`reference.guards.${name}`);
      return [name, { champion, candidate: await file(`tuned.guards.${name}`) }] as const;
    }),
  );
  const isAgainstChampion = step.result.reference.kind === 'champion';
  const evidence = {
    rule,
    test: await file('test'),
    seen: {
      champion: isAgainstChampion ? [await file('championTrain'), await file('championDev')] : null,
      candidate: step.version === 1 ? null : [await file('candidateTrain'), await file('candidateDev')],
      spelling: step.version < 3 ? ('exact' as const) : ('unified' as const),
    },
    ranks: { champion: await file('reference'), candidate: await file('tuned') },
    guards: Object.fromEntries(guards),
  };
  return { object: step.record.key, place: 'result', result: step.result, evidence };
}

const measured = z.object({ perQuery: artifactRef });
const side = z.object({ evaluation: measured, guards: z.record(z.string(), measured) });
const judged = z.object({
  input: z.object({
    gate: gateSection,
    test: artifactRef.strip(),
    seen: z.object({ train: artifactRef.strip(), dev: artifactRef.strip() }).optional(),
    champion: z.object({ data: z.object({ train: artifactRef, dev: artifactRef }) }).nullable(),
    reference: side,
    tuned: side,
  }),
  result: z.object({ result: gateResult, key: z.string() }),
});

/** A run that was repaired after its verdict keeps it: the step is not made again, and the history tells of it. */
async function judgementBeforeRepair(run: AuditedRun): Promise<Judgement | null> {
  const { record } = run;
  const [execution] = await run.history();
  const activity = execution && activitiesIn(execution).findLast(({ type }) => type === 'judgeCandidate');
  const { data } = judged.safeParse(activity);
  if (!data) return null;
  const { gate, tuned } = data.input;
  const object = record.temporal.history?.key ?? '';
  const own = stepAt(record, 'evaluate', 'evaluate-tuned')?.result.perQuery.sha256;
  const asked = { ...record.config.gate, guards: rulesOf(record.config.gate.guards) };
  if (digestOf(asked) !== digestOf({ ...gate, guards: rulesOf(gate.guards) }))
    throw new RangeError('the verdict in the history is by another rule than the one that was configured');
  if (tuned.evaluation.perQuery.sha256 !== own)
    throw new RangeError('the verdict in the history is not about the model that the record has');
  const evidence = evidenceOf(data.input);
  const spelling = isOfVersion(2, activity?.input, data.result.key) ? 'exact' : evidence.seen.spelling;
  const judgedBy = { ...evidence, seen: { ...evidence.seen, spelling } } as const;
  return { object, place: 'judgeCandidate', result: data.result.result, evidence: judgedBy };
}

/** A history does not name the version of a step, but its key follows from it. */
function isOfVersion(version: number, input: unknown, key: string): boolean {
  return stepKey({ ...judgeStep(input as JudgeInput).identity, version }) === key;
}

/** Check `identity`: folder, record, statement and history are one run's. */
import { z } from 'zod';
import type { Provenance } from '../../contracts/artifact.ts';
import { RUN_FILES, runFolder } from '../../contracts/run-record.ts';
import type { Attestation } from '../attestation.ts';
import type { AuditedRun } from '../audited-run.ts';
import type { Difference, Finding } from '../check.ts';
import { parseJson } from '../parse-json.ts';

const invocation = z.object({
  predicate: z.object({ runDetails: z.object({ metadata: z.object({ invocationId: z.string() }) }) }),
});

/**
 * @param run whose folder it is
 * @throws ArtifactLostError when the history is missing or damaged; NotChecked when the record names none
 */
export async function checkIdentity(run: Provenance, audited: AuditedRun, attestation: Attestation): Promise<Finding> {
  const { record } = audited;
  const told = attestation.envelope && invocation.safeParse(parseJson(attestation.envelope.payload)).data;
  const [execution] = await audited.history();
  const history = record.temporal.history?.key ?? null;
  const expected = nameOf(run);
  const is = (object: string, place: string | null, found: string | undefined, wanted = expected): Difference[] =>
    found === wanted ? [] : [{ object, place, expected: wanted, found: found ?? 'nothing' }];
  return {
    count: 4,
    unit: 'documents',
    bytes: null,
    note: 'folder, record, statement and history are of this run',
    differences: [
      ...is(audited.key(RUN_FILES.record), 'workflowId/runId', nameOf(record)),
      ...is(
        audited.key(RUN_FILES.record),
        'temporal.history.key',
        history ?? undefined,
        runFolder(run) + RUN_FILES.history,
      ),
      ...is(attestation.key, 'invocationId', told?.predicate.runDetails.metadata.invocationId),
      ...is(history ?? '', 'execution', execution && nameOf(execution)),
    ],
  };
}

function nameOf({ workflowId, runId }: Provenance): string {
  return `${workflowId}/${runId}`;
}

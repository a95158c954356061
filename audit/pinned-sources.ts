/** What a run began with: digests that are no step's output, and where each of them is pinned. */
import { CHAMPION_KEY } from '../adapters/champion/champion-store.ts';
import { championFile } from '../contracts/champion.ts';
import type { RecordedStep } from '../contracts/run-record.ts';
import { digestOf } from '../core/canonical.ts';
import type { AuditedRun } from './audited-run.ts';
import type { Difference } from './check.ts';
import { firstDifference } from './first-difference.ts';
import { parseJson } from './parse-json.ts';

export interface PinnedSources {
  readonly digests: readonly string[];
  readonly differences: readonly Difference[];
  readonly note: string | null;
}

/** Data file, base model and guard sets, and the champion that the candidate was measured against. */
export async function pinnedSources(run: AuditedRun): Promise<PinnedSources> {
  const { data, model, guards } = run.record.sources;
  const own = [
    data.sha256,
    model.digest,
    // As a folder on the machine that read it, by paths and bytes.
    digestOf(model.files.map(({ path, sha256 }) => [path, sha256])),
    ...Object.values(guards).map(({ sha256 }) => sha256),
  ];
  const champion = await championsSources(run);
  return { ...champion, digests: [...own, ...champion.digests] };
}

async function championsSources({ record, store }: AuditedRun): Promise<PinnedSources> {
  const { reference } = record.gate;
  if (reference.kind === 'base') return { digests: [], differences: [], note: null };
  const found = await store.get(CHAMPION_KEY);
  const file = found && championFile.safeParse(parseJson(found.body)).data;
  const entry = file?.entries.find(({ revision }) => revision === reference.revision);
  if (!entry)
    return {
      digests: record.steps.flatMap(inputsOfChampion),
      differences: [],
      note: `champion ${reference.revision} is taken as the record has it: ${CHAMPION_KEY} does not tell of it here`,
    };
  const difference = firstDifference(CHAMPION_KEY, reference.run, entry.run, `revision ${reference.revision}`);
  return {
    digests: [entry.encoder.digest, entry.data.train.sha256, entry.data.dev.sha256],
    differences: difference ? [difference] : [],
    note: null,
  };
}

function inputsOfChampion({ step, inputs }: RecordedStep): string[] {
  const names = step === 'judge' ? ['championTrain', 'championDev'] : ['encoder'];
  const isItsStep = step === 'judge' || step === 'guard-reference' || step.endsWith('-champion');
  return isItsStep ? names.flatMap((name) => inputs[name] ?? []) : [];
}

/** The moves of the champion beside the records of the runs that they name: nobody signs the file that tells of them. */
import { CHAMPION_KEY } from '../adapters/champion/champion-store.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Provenance } from '../contracts/artifact.ts';
import { type Candidate, type ChampionEntry, championFile } from '../contracts/champion.ts';
import { prefixesOf } from '../contracts/step-inputs.ts';
import { RUN_FILES, runFolder, runRecord, type RunRecord } from '../contracts/run-record.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import type { Difference } from './check.ts';
import { firstDifference } from './first-difference.ts';
import { parseJson } from './parse-json.ts';
import { runLabels } from '../contracts/run-name.ts';
import { stepAt } from './step-results.ts';

/** What was found at `models/champion.json`. */
export interface Champions {
  /** Newest first; null: there is no such object. */
  readonly entries: readonly ChampionEntry[] | null;
  /** What is wrong with it whatever the runs say. */
  readonly differences: readonly Difference[];
}

export async function readChampions(store: ObjectStore): Promise<Champions> {
  const found = await store.get(CHAMPION_KEY);
  if (!found) return { entries: null, differences: [] };
  const { data, error } = championFile.safeParse(parseJson(found.body));
  if (!data) {
    const reason = error.issues[0];
    const place = reason?.path.map(String).join('.') || null;
    return { entries: [], differences: [difference(place, 'the moves of the champion', reason?.message ?? 'no JSON')] };
  }
  const { entries } = data;
  const differences = entries.flatMap((entry, position) => orderDifferences(entry, position, entries));
  return { entries, differences };
}

/** Moves are counted from 1, none is ever removed, and a rollback repeats the model of the promotion that it restores. */
function orderDifferences(entry: ChampionEntry, position: number, entries: readonly ChampionEntry[]): Difference[] {
  const revision = entries.length - position;
  if (entry.revision !== revision)
    return [difference(`entries.${position}.revision`, String(revision), String(entry.revision))];
  if (entry.restores === null) return [];
  const restored = entries.find((one) => one.revision === entry.restores);
  const place = `revision ${revision}`;
  if (!restored || restored.restores !== null || restored.revision >= revision)
    return [difference(place, 'a promotion before it to restore', `revision ${entry.restores}`)];
  return [firstDifference(CHAMPION_KEY, modelIn(restored), modelIn(entry), place)].filter((one) => one !== null);
}

/** Whether the promotions by this run are what its record says: the model, when, by whom, and that there was one. */
export function promotionDifferences(record: RunRecord, entries: readonly ChampionEntry[]): Difference[] {
  const { promotion } = record;
  const own = entries.filter(({ run, restores }) => restores === null && isSame(run, record));
  const promoted = promotion.state === 'promoted';
  if (promoted && !own.some(({ revision }) => revision === promotion.revision))
    return [difference(`revision ${promotion.revision}`, `the promotion of ${record.workflowId}`, 'none by that run')];
  return own.flatMap((entry) => {
    const place = `revision ${entry.revision}`;
    if (!promoted || entry.revision !== promotion.revision)
      return [
        difference(place, `no promotion of ${record.workflowId}, whose record says ${promotion.state}`, entry.by),
      ];
    const { by, at, note } = promotion;
    const expected = { ...promotedModel(record), by, at, note };
    const told = Object.fromEntries(Object.keys(expected).map((name) => [name, entry[name as keyof ChampionEntry]]));
    return [firstDifference(CHAMPION_KEY, expected, told, place)].filter((one) => one !== null);
  });
}

/** What a look at all moves found. */
export interface ChampionAudit {
  /** Moves of the champion. */
  readonly count: number;
  readonly differences: readonly Difference[];
}

/** Every move beside the record of the run that it names: a model of which there is no record is nobody's. */
export async function championDifferences(store: ObjectStore): Promise<ChampionAudit> {
  const { entries, differences } = await readChampions(store);
  const found: Difference[] = [...differences];
  for (const entry of entries ?? []) {
    const record = await recordOf(store, entry.run);
    if (record) found.push(...promotionDifferences(record, [entry]));
    else
      found.push(
        difference(`revision ${entry.revision}`, `the record of ${entry.run.workflowId}`, 'none that can be read'),
      );
  }
  return { count: entries?.length ?? 0, differences: found };
}

async function recordOf(store: ObjectStore, run: Provenance): Promise<RunRecord | null> {
  const found = await store.get(`${runFolder(run)}${RUN_FILES.record}`);
  const record = runRecord.safeParse(parseJson(found?.body ?? null)).data;
  return record && isSame(record, run) ? record : null;
}

/** The model that a run promotes, as its workflow hands it to the promotion. */
export function promotedModel(record: RunRecord): Candidate {
  const { config, sources, workflowId, runId } = record;
  const encoder = stepAt(record, 'export', 'export-tuned')?.result;
  const training = stepAt(record, 'fine-tune', 'fine-tune')?.result;
  const split = stepAt(record, 'split', 'split')?.result;
  const evaluation = stepAt(record, 'evaluate', 'evaluate-tuned')?.result;
  if (!encoder || !training || !split || !evaluation)
    throw new RangeError('the record lacks a step that every run has');
  const plain = ({ key, sha256, bytes }: ArtifactRef): ArtifactRef => ({ key, sha256, bytes });
  return {
    run: { workflowId, runId },
    ...runLabels(config),
    encoder,
    prefixes: prefixesOf(config),
    weights: { kind: training.kind, files: training.weights },
    baseModel: { source: config.model.source, digest: sources.model.digest },
    data: {
      source: config.data.source,
      sha256: sources.data.sha256,
      train: plain(split.train),
      dev: plain(split.dev),
    },
    metrics: evaluation.metrics,
  };
}

/** Without what is the move's own. */
function modelIn(entry: ChampionEntry): Candidate {
  const { revision: _, restores: __, at: ___, by: ____, note: _____, ...model } = entry;
  return model;
}

function isSame(one: Provenance, other: Provenance): boolean {
  return one.workflowId === other.workflowId && one.runId === other.runId;
}

function difference(place: string | null, expected: string, found: string): Difference {
  return { object: CHAMPION_KEY, place, expected, found };
}

/** Looks through a bucket for what nothing needs any more. */
import { RUN_FILES, runFolder } from '../../contracts/run-record.ts';
import { parseTagKey } from '../../contracts/tags.ts';
import { ChampionStore } from '../champion/champion-store.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { Documents, type RunNeeds } from './documents.ts';
import { takeInventory, type Inventory, type InventoryOptions, type StoredUnit } from './inventory.ts';
import { keptByPolicy, type RetentionPolicy } from './policy.ts';
import { unitsNamedIn, uploadedFoldersIn } from './units.ts';
import { mapParallel } from '../requests/map-parallel.ts';

/** Documents read at a time: each is small, so latency is what they wait for. */
const CONCURRENCY = 16;

export interface SurveyOptions extends InventoryOptions {
  readonly policy: RetentionPolicy;
  /** Whatever changed later stays. Milliseconds since the epoch. */
  readonly cutoff: number;
  readonly now: number;
  /**
   * Inputs of runs that will be started, as by schedules: what they name stays however old it is. Asked at each look, since
   * one may come between two.
   */
  readonly inputs?: (() => Promise<readonly unknown[]>) | undefined;
}

export interface Survey {
  readonly inventory: Inventory;
  /** In the order of the listing. */
  readonly garbage: readonly StoredUnit[];
}

/**
 * What stays: everything that changed after the cutoff, the runs of all champions, tagged runs and those that the policy
 * keeps, what the inputs of runs to come name, and all that these name.
 *
 * @param documents remembers what it has read
 * @throws RetentionError `unreadable-record`
 * @throws ChampionError `unreadable`
 */
export async function survey(objects: ObjectStore, documents: Documents, options: SurveyOptions): Promise<Survey> {
  const { cutoff, policy, now } = options;
  const inventory = await takeInventory(objects, options);
  const runs = await readRuns(documents, inventory);
  const kept = new Set<string>();
  const keep = (name: string): void => {
    if (kept.has(name)) return;
    kept.add(name);
    for (const unit of runs.get(name)?.units ?? []) keep(unit);
  };
  const fresh = [...inventory.values()].filter(({ changedAt }) => changedAt > cutoff);
  for (const { name } of fresh) keep(name);
  for (const units of await readSteps(documents, fresh)) for (const unit of units) keep(unit);
  for (const unit of await neededByChampions(objects)) keep(unit);
  for (const unit of await neededByInputs(documents, (await options.inputs?.()) ?? [])) keep(unit);
  for (const { name, keys } of inventory.values()) if (keys.some((key) => parseTagKey(key))) keep(name);
  const dated = [...runs].map(([name, { finishedAt }]) => ({ name, finishedAt }));
  for (const name of keptByPolicy(dated, policy, now)) keep(name);
  for (const unit of await answersOf(documents, inventory, kept)) keep(unit);
  return { inventory, garbage: [...inventory.values()].filter(({ name }) => !kept.has(name)) };
}

/** Whether a run's folder has the record that says the run has finished. */
export function hasRecord({ name, kind, keys }: StoredUnit): boolean {
  return kind === 'run' && keys.includes(name + RUN_FILES.record);
}

async function readRuns(documents: Documents, inventory: Inventory): Promise<Map<string, RunNeeds>> {
  const read = async (unit: StoredUnit): Promise<[string, RunNeeds][]> => {
    const needs = await documents.run(unit, inventory);
    return needs ? [[unit.name, needs]] : [];
  };
  const recorded = [...inventory.values()].filter(hasRecord);
  return new Map((await mapParallel(recorded, read, { concurrency: CONCURRENCY })).flat());
}

async function readSteps(documents: Documents, units: readonly StoredUnit[]): Promise<Set<string>[]> {
  const steps = units.filter(({ kind }) => kind === 'step');
  return mapParallel(steps, ({ name }) => documents.named(name), { concurrency: CONCURRENCY });
}

/** Every model that was champion may be brought back, and the run that made it may be asked about. */
async function neededByChampions(objects: ObjectStore): Promise<Set<string>> {
  const champions = await new ChampionStore(objects).read();
  const units = unitsNamedIn(champions);
  for (const { run } of champions?.entries ?? []) units.add(runFolder(run));
  return units;
}

/** Uploaded files, and uploaded folders with the files that they list. */
async function neededByInputs(documents: Documents, inputs: readonly unknown[]): Promise<Set<string>> {
  const units = unitsNamedIn(inputs);
  for (const key of uploadedFoldersIn(inputs)) for (const unit of await documents.named(key)) units.add(unit);
  return units;
}

/** No record names it: that a run is answered from a record is itself a step, which stays with the record. */
async function answersOf(documents: Documents, inventory: Inventory, kept: ReadonlySet<string>): Promise<string[]> {
  const answers = [...inventory.values()].filter(({ name }) => name.startsWith('steps/run/') && !kept.has(name));
  const named = await readSteps(documents, answers);
  return answers.flatMap(({ name }, index) => {
    const units = [...(named[index] ?? [])];
    return units.some((unit) => unit.startsWith('runs/') && kept.has(unit)) ? [name, ...units] : [];
  });
}

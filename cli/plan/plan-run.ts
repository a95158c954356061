/** Plans a run: what it would take from earlier ones, what it would compute and why, and what that would take. */
import { withScratch } from '../../activities/scratch.ts';
import { mapGuards } from '../../activities/guard-sets.ts';
import { finishedRun } from '../../activities/finished-run.ts';
import { identifySources } from '../../activities/resolve-sources.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import { FolderStore } from '../../adapters/object-store/folder-store.ts';
import { readOnly } from '../../adapters/object-store/read-only-store.ts';
import { CollectionWatch } from '../../adapters/retention/collection-watch.ts';
import type { RecalledStep } from '../../adapters/step-records/step-records.ts';
import { storedUploads, withLocalUploads } from '../../adapters/sources/uploads.ts';
import { buildCorpus } from '../../core/corpus.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { modelNotes } from '../../contracts/model-notes.ts';
import { STEP_NAMES } from '../../contracts/progress.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { prefixesOf, resolveInput, splitInput } from '../../contracts/step-inputs.ts';
import type { ResolveResult } from '../../contracts/steps.ts';
import { type Architecture, architectureIn } from './architecture.ts';
import { estimateBytes } from './estimate-bytes.ts';
import { estimateSeconds } from './estimate-seconds.ts';
import { finishedRuns } from './finished-runs.ts';
import { gateLimits, type Measurable } from './gate-limits.ts';
import { ModelPlanner } from './plan-model.ts';
import type { PlanningPlace } from './place.ts';
import { planGuards, type PlannedParts, planParts, uniqueTexts, unstored } from './planned-parts.ts';
import type { RunPlan } from './run-plan.ts';
import { madeByOf, StepPlanner } from './step-planner.ts';
import { longTexts, rowTokens } from './text-lengths.ts';
import { trainingMemory } from './training-memory.ts';
import { walkPlan } from './walk-plan.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';

/** Objects asked for at the same time. */
const CONCURRENCY = 16;

/**
 * Nothing is written but to a scratch folder, and to the hub's cache what the run itself would fetch first.
 *
 * @param scratch folder below which it makes its own
 * @param signal stops a download
 * @throws SourceError, RowsError, HubUnavailableError for what the run would fail of
 */
export async function planRun(
  config: RetrainConfig,
  place: PlanningPlace,
  scratch: string,
  signal: AbortSignal,
): Promise<RunPlan> {
  return withScratch(scratch, 'plan', async (folder) => {
    const objects = readOnly(place.store ?? new FolderStore(folder));
    // A clock that stands still: nothing is so old that it would have to be touched.
    const artifacts = new ArtifactStore(objects, folder, new CollectionWatch(objects, () => 0));
    const uploads = withLocalUploads(place.uploads ?? [], storedUploads(artifacts));
    const fetching = { signal, onBytes: () => undefined };
    const identified = await identifySources(
      resolveInput(config),
      { ...place, sources: { ...place.sources, uploads } },
      folder,
      fetching,
    );
    const planner = new StepPlanner(artifacts, place.seals(), signal);
    const sources = (await planner.plan('resolve', identified.step, [])) ?? (await identified.store(unstored));
    const models = new ModelPlanner(
      planner,
      config,
      (encoder) => new EmbeddingCache(objects, encoder, () => undefined),
    );
    const champion = (await new ChampionStore(objects).read())?.entries[0] ?? null;
    const identity = { sources, config, buildId: place.buildId() };
    const earlier = await planner.recall(finishedRun(identity, champion?.revision ?? null));
    const unchangedSince = earlier && madeByOf(earlier);
    const parts = earlier
      ? await unchanged(config, sources, identified.data.path, earlier, planner, models)
      : await walkPlan(
          {
            config,
            identified,
            sources,
            champion,
            hasWandbKey: place.hasWandbKey,
            code: await place.code(),
          },
          planner,
          models,
        );
    const architecture = await architectureIn(identified.model);
    const lacking = await missingObjects(artifacts, sources);
    const guards = await planGuards(config, identified.guards);
    const limits = gateLimits(config.gate, measurable(parts.pairs.test), await mapGuards(guards, ({ set }) => set));
    const found = { config, sources, parts, steps: planner.steps, texts: models.texts, architecture, lacking };
    return {
      preset: config.preset,
      buildId: identity.buildId,
      unchangedSince,
      gate: limits,
      ...(await figures(found, place, artifacts)),
    };
  });
}

/** Questions that stand in the train part too are left out by the gate, so these are the most. */
function measurable(test: PlannedParts['pairs']['test']): Measurable {
  return { queries: test.length, passages: buildCorpus(test).passages.length };
}

interface Found {
  readonly config: RetrainConfig;
  readonly sources: ResolveResult;
  readonly parts: PlannedParts;
  readonly steps: RunPlan['steps'];
  readonly texts: RunPlan['texts'];
  readonly architecture: Architecture | null;
  readonly lacking: readonly ArtifactRef[];
}

async function figures(
  found: Found,
  place: PlanningPlace,
  artifacts: ArtifactStore,
): Promise<Omit<RunPlan, 'preset' | 'buildId' | 'unchangedSince' | 'gate'>> {
  const { config, sources, parts, steps, texts, architecture } = found;
  const { train, dev, test } = parts.result;
  const rows = { train: train.rows, dev: dev.rows, test: test.rows };
  const { maxSeqLength } = config.model;
  const length = config.training.maxSeqLength ?? maxSeqLength;
  const vocabulary = architecture?.embeddings ?? 0;
  const bytes = estimateBytes(found);
  const trainer = config.embedding.device === 'cuda' || (await place.findGpu()) !== null ? 'gpu' : 'cpu';
  const seconds = estimateSeconds({
    config,
    steps,
    rows,
    texts,
    architecture,
    tokens: rowTokens(parts.pairs.train, maxSeqLength, vocabulary),
    trainer,
    download: bytes.download.reduce((sum, one) => sum + (one.bytes ?? 0), 0),
    runs: await finishedRuns(artifacts),
  });
  const trains = steps.some(({ step, state }) => step === 'fine-tune' && state === 'compute');
  const tokens = rowTokens(parts.pairs.train, length, vocabulary);
  const memory = trains && architecture ? trainingMemory(architecture, config.training, tokens) : null;
  const all = uniqueTexts([...parts.pairs.train, ...parts.pairs.dev, ...parts.pairs.test], prefixesOf(config));
  const data = { profile: parts.pairs.profile, truncated: longTexts(all, maxSeqLength, vocabulary) };
  return { steps, modelNotes: modelNotes(sources.traits, config.model), rows, data, texts, seconds, bytes, memory };
}

/** A finished run has the same data, model, configuration and code: nothing of it is walked again. */
async function unchanged(
  config: RetrainConfig,
  sources: ResolveResult,
  path: string,
  earlier: RecalledStep<RunResult>,
  planner: StepPlanner,
  models: ModelPlanner,
): Promise<PlannedParts> {
  for (const step of STEP_NAMES.filter((name) => name !== 'resolve')) {
    const { state, note = 'the input asks for none' } = earlier.result.steps.find(({ name }) => name === step) ?? {};
    if (state === 'skipped') planner.set(step, 'skipped', [note]);
    else planner.set(step, 'cached', [], madeByOf(earlier));
  }
  const parts = await planParts(path, splitInput(config, sources));
  const texts = uniqueTexts(parts.pairs.test, prefixesOf(config)).length;
  for (const step of ['embed-base', 'embed-tuned'] as const) models.texts.push({ step, texts, missing: 0 });
  return parts;
}

async function missingObjects(
  artifacts: ArtifactStore,
  { data, guards, model }: ResolveResult,
): Promise<ArtifactRef[]> {
  const refs = [data, ...Object.values(guards), ...model.files];
  const states = await mapParallel(refs, async (ref) => ((await artifacts.check(ref)) === 'ok' ? null : ref), {
    concurrency: CONCURRENCY,
  });
  return states.filter((ref) => ref !== null);
}

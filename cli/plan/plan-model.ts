/** Plans what is done with one encoder: its texts, its index, its evaluation. */
import { indexStep } from '../../activities/build-index.ts';
import { evaluateGuardsStep } from '../../activities/evaluate-guards.ts';
import { evaluateStep } from '../../activities/evaluate-retrieval.ts';
import { embedStep } from '../../activities/plan-embedding.ts';
import type { EmbeddingCache } from '../../adapters/embedding-cache/embedding-cache.ts';
import type { Prefixes } from '../../contracts/activities.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { Model } from '../../contracts/step-inputs.ts';
import type { EncoderRef, EvaluateResult, GuardEvaluations } from '../../contracts/steps.ts';
import type { Pair } from '../../core/clean.ts';
import { packTextKeys } from '../../core/text-key.ts';
import { type PlannedGuard, uniqueTexts } from './planned-parts.ts';
import type { PlannedTexts } from './run-plan.ts';
import { madeByOf, type StepPlanner } from './step-planner.ts';
import { follows } from './why-compute.ts';

export type Branch = 'base' | 'tuned' | 'champion';

/** An encoder that may not be known yet, and what it wants before its texts. */
export interface PlannedModel {
  readonly encoder: EncoderRef | null;
  readonly prefixes: Prefixes;
  /** Steps that it comes of. */
  readonly after: readonly StepName[];
}

/** Rows of a part, and what they are stored as. */
export interface PlannedRows {
  readonly rows: ArtifactRef;
  readonly pairs: readonly Pair[];
  /** Step that makes them. */
  readonly after: StepName;
}

export class ModelPlanner {
  /** Of every embedding step so far. */
  readonly texts: PlannedTexts[] = [];
  readonly #planner: StepPlanner;
  readonly #config: RetrainConfig;
  readonly #cacheOf: (encoder: EncoderRef) => EmbeddingCache;
  readonly #caches = new Map<string, EmbeddingCache>();

  constructor(planner: StepPlanner, config: RetrainConfig, cacheOf: (encoder: EncoderRef) => EmbeddingCache) {
    this.#planner = planner;
    this.#config = config;
    this.#cacheOf = cacheOf;
  }

  async evaluated(branch: Branch, model: PlannedModel, test: PlannedRows): Promise<EvaluateResult | null> {
    const {
      index: { factory },
      evaluation,
    } = this.#config;
    const known = knownModel(model);
    await this.embedded(`embed-${branch}`, model, test);
    const read = known && { ...known, test: test.rows };
    const before: StepName[] = [test.after, ...model.after, `embed-${branch}`];
    const last = (steps: readonly StepName[]): StepName[] => this.#computed(steps).slice(-1);
    const index = await this.#planner.plan(`index-${branch}`, read && indexStep({ ...read, factory }), last(before));
    const made = read && index && evaluateStep({ ...read, index, evaluation });
    return this.#planner.plan(`evaluate-${branch}`, made, last([...before, `index-${branch}`]));
  }

  async embedded(step: StepName, model: PlannedModel, { rows, pairs, after }: PlannedRows): Promise<void> {
    const { texts, missing } = await this.#count(model, [pairs]);
    this.texts.push({ step, texts, missing });
    const known = knownModel(model);
    if (!known) return this.#planner.set(step, 'compute', [follows(this.#computed(model.after))]);
    if (missing > 0) {
      const computed = this.#computed([...model.after, after]);
      const why = `${missing} of ${texts} texts have no embedding yet`;
      return this.#planner.set(step, 'compute', computed.length > 0 ? [follows(computed), why] : [why]);
    }
    const recalled = await this.#planner.recall(embedStep({ ...known, rows }));
    this.#planner.set(step, 'cached', [], recalled && madeByOf(recalled));
  }

  /** @returns null: to be computed */
  async guarded(
    step: 'guard-reference' | 'guard-tuned',
    model: PlannedModel,
    guards: Readonly<Record<string, PlannedGuard>>,
  ): Promise<GuardEvaluations['guards'] | null> {
    const sets = Object.entries(guards);
    if (sets.length === 0) {
      this.#planner.set(step, 'skipped', ['gate.guards is empty']);
      return {};
    }
    const { texts, missing } = await this.#count(
      model,
      sets.map(([, { pairs }]) => pairs),
    );
    this.texts.push({ step, texts, missing });
    const known = knownModel(model);
    const identity = Object.fromEntries(sets.map(([name, { set }]) => [name, set]));
    const made = known && evaluateGuardsStep({ ...known, guards: identity });
    return (await this.#planner.plan(step, made, [...model.after, 'read-guards']))?.guards ?? null;
  }

  async #count(
    model: PlannedModel,
    parts: readonly (readonly Pair[])[],
  ): Promise<{ readonly texts: number; readonly missing: number }> {
    const texts = [...new Set(parts.flatMap((pairs) => uniqueTexts(pairs, model.prefixes)))];
    if (!model.encoder) return { texts: texts.length, missing: texts.length };
    const cache = this.#caches.get(model.encoder.digest) ?? this.#cacheOf(model.encoder);
    this.#caches.set(model.encoder.digest, cache);
    const { missing } = await cache.locate(packTextKeys(texts));
    return { texts: texts.length, missing };
  }

  #computed(steps: readonly StepName[]): StepName[] {
    return steps.filter((step) => this.#planner.isComputed(step));
  }
}

function knownModel({ encoder, prefixes }: PlannedModel): Model | null {
  return encoder && { encoder, prefixes };
}

/** A record beside its reproduction, step by step. */
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { Prefixes } from '../../contracts/activities.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { StepName } from '../../contracts/progress.ts';
import type { RecordedStep, RunRecord } from '../../contracts/run-record.ts';
import { embedResult, evaluateResult, fineTuneResult, splitResult, type EmbedResult } from '../../contracts/steps.ts';
import { stepResult } from '../records/step-result.ts';
import { compareStep, type ComparedStep } from './compare-step.ts';
import {
  embeddingDifference,
  rankDifference,
  weightDifference,
  type EmbeddedPart,
  type Pair,
} from './measure-objects.ts';

/** One of the two runs. */
export interface ComparedRun {
  readonly record: RunRecord;
  readonly artifacts: ArtifactStore;
}

export interface Comparison {
  /** In the order of the DAG. */
  readonly steps: readonly ComparedStep[];
  readonly verdict: ComparedStep['state'];
  /** The first step that is not identical; null where all are. */
  readonly firstDifference: StepName | null;
}

/** @param left steps that are not compared */
export async function compareRuns(runs: Pair<ComparedRun>, left: ReadonlySet<StepName>): Promise<Comparison> {
  const [recorded, reproduced] = runs;
  const steps: ComparedStep[] = [];
  for (const step of recorded.record.steps) {
    if (left.has(step.step)) continue;
    const other = reproduced.record.steps.find((one) => one.step === step.step);
    const compared = await compareStep(step, other, (measure) => {
      switch (measure) {
        case 'weights':
          return weightDifference(
            runs,
            both(runs, ({ record }) => stepResult(record, step.step, fineTuneResult).weights),
          );
        case 'ranks':
          return rankDifference(
            runs,
            both(runs, ({ record }) => stepResult(record, step.step, evaluateResult).perQuery),
          );
        case 'embeddings':
        default:
          return embeddingDifference(
            runs,
            both(runs, ({ record }) => embeddedPart(record, embedStepOf(step.step))),
          );
      }
    });
    steps.push(compared);
  }
  const states = new Set(steps.map(({ state }) => state));
  return {
    steps,
    verdict: states.has('different') ? 'different' : states.has('within') ? 'within' : 'identical',
    firstDifference: steps.find(({ state }) => state !== 'identical')?.step ?? null,
  };
}

function both<T>([recorded, reproduced]: Pair<ComparedRun>, of: (run: ComparedRun) => T): Pair<T> {
  return [of(recorded), of(reproduced)];
}

/** The embed step of the same branch: of `index-tuned`, `embed-tuned`. */
function embedStepOf(step: StepName): StepName {
  return step.replace(/^(export|index)-/, 'embed-') as StepName;
}

function embeddedPart(record: RunRecord, step: StepName): EmbeddedPart {
  const { inputs, parameters }: RecordedStep = record.steps.find((one) => one.step === step) ?? absent(step);
  const { dimensions }: EmbedResult = stepResult(record, step, embedResult);
  const parts = stepResult(record, 'split', splitResult);
  const rows: ArtifactRef = step === 'embed-train' ? parts.train : parts.test;
  return {
    encoder: { digest: inputs['encoder'] ?? '', dimensions },
    rows,
    prefixes: parameters['prefixes'] as Prefixes,
  };
}

function absent(step: StepName): never {
  throw new RangeError(`there is no step ${step}`);
}

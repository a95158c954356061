/** Plans one step after the other: taken from its record, or computed and why. */
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { CondemnedError } from '../../adapters/retention/retention-error.ts';
import { RecordedSteps, type RecalledStep, type RecordSeals } from '../../adapters/step-records/step-records.ts';
import type { Step } from '../../activities/step.ts';
import { STEP_NAMES, type StepName } from '../../contracts/progress.ts';
import { stepKey } from '../../core/step-key.ts';
import { NearestRecords } from './nearest-records.ts';
import type { MadeBy, PlannedState, PlannedStep } from './run-plan.ts';
import { follows, whyCompute } from './why-compute.ts';

export class StepPlanner {
  readonly #records: RecordedSteps;
  readonly #nearest: NearestRecords;
  readonly #planned = new Map<StepName, PlannedStep>();
  /** What a record that is of no use was found to lack. */
  #lost: string[] = [];

  readonly #signal: AbortSignal;

  /**
   * @param seals decides which records a worker would take
   * @param signal stops between two steps
   */
  constructor(artifacts: ArtifactStore, seals: RecordSeals, signal: AbortSignal) {
    this.#signal = signal;
    this.#nearest = new NearestRecords(artifacts.objects);
    this.#records = new RecordedSteps(artifacts, seals, (message, { object, record }) =>
      this.#lost.push(`${message.replace(/:.*$/, '')} (${String(object ?? record)})`),
    );
  }

  /** In the order of the DAG. */
  get steps(): PlannedStep[] {
    return STEP_NAMES.flatMap((name) => this.#planned.get(name) ?? []);
  }

  isComputed(step: StepName): boolean {
    return this.#planned.get(step)?.state === 'compute';
  }

  set(step: StepName, state: PlannedState, why: readonly string[], madeBy: MadeBy | null = null): void {
    this.#planned.set(step, { step, state, madeBy, why });
  }

  /** The result of a step's record; null where there is none that is whole. */
  async recall<R>({ identity, schema }: Step<R>): Promise<RecalledStep<R> | null> {
    this.#signal.throwIfAborted();
    this.#lost = [];
    try {
      return await this.#records.recall(identity.name, stepKey(identity), schema);
    } catch (error) {
      if (!(error instanceof CondemnedError)) throw error;
      this.#lost = ['a garbage collection is about to remove its result'];
      return null;
    }
  }

  /**
   * @param made null: not known before the steps that it comes after are computed; several: a record of any is its result
   * @param after the steps whose results it is made of
   * @returns the recorded result; null: it is to be computed
   */
  async plan<R>(
    step: StepName,
    made: Step<R> | readonly Step<R>[] | null,
    after: readonly StepName[],
  ): Promise<R | null> {
    const computed = after.filter((name) => this.isComputed(name));
    if (!made) {
      this.set(step, 'compute', [follows(computed)]);
      return null;
    }
    const lost: string[] = [];
    for (const one of [made].flat()) {
      const recalled = await this.recall(one);
      if (recalled) {
        this.set(step, 'cached', [], madeByOf(recalled));
        return recalled.result;
      }
      lost.push(...this.#lost);
    }
    const why = lost.length > 0 ? lost : await this.#whyNearest([made].flat(), computed);
    this.set(step, 'compute', why);
    return null;
  }

  /** In comparison with the record that is nearest to any of them. */
  async #whyNearest(made: readonly Step<unknown>[], computed: readonly StepName[]): Promise<readonly string[]> {
    const name = made[0]?.identity.name ?? '';
    const nearest = await Promise.all(made.map(({ identity }) => this.#nearest.to(identity)));
    const found = nearest.filter((one) => one !== null);
    const [best = null] = found.toSorted((a, b) => a.differences.length - b.differences.length);
    return whyCompute(name, best, computed);
  }
}

export function madeByOf({ record }: RecalledStep<unknown>): MadeBy {
  const { workflowId, runId } = record.madeBy;
  return { workflowId, runId, at: record.startedAt, buildId: record.environment.code.buildId };
}

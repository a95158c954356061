/** The steps of `retrain` and what follows what. */
import { executeChild, ParentClosePolicy, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CpuActivities, ExportInput, FineTuneInput, GpuActivities, Prefixes } from '../contracts/activities.ts';
import type { FileSet } from '../contracts/artifact.ts';
import type { EmbeddedSignal, RunProgress, StepName } from '../contracts/progress.ts';
import { CPU_QUEUE } from '../contracts/queues.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import type { RunResult, TrackingResult } from '../contracts/run-result.ts';
import type {
  Bm25Result,
  EncoderRef,
  FineTuneResult,
  IndexResult,
  ResolveResult,
  SplitResult,
  StepOutcome,
} from '../contracts/steps.ts';
import { embed } from './embed.ts';
import { applicationFailure } from './failures.ts';
import { CPU, GPU, TRACKING } from './options.ts';
import { runArtifacts, type Evaluated } from './run-artifacts.ts';
import { StepBoard } from './step-board.ts';
import { together } from './together.ts';
import { withTrainerRetries } from './trainer-retries.ts';

const cpu = proxyActivities<CpuActivities>(CPU);
const gpu = proxyActivities<GpuActivities>(GPU);
const { trackRun } = proxyActivities<CpuActivities>(TRACKING);

type Branch = 'base' | 'tuned';

export class RetrainDag {
  /** The answer to `progress` while the input is still being checked. */
  static readonly notStarted: RunProgress = {
    preset: '',
    steps: new StepBoard().steps,
    metrics: {},
    texts: { encoded: 0, cached: 0 },
  };

  readonly #config: RetrainConfig;
  readonly #board = new StepBoard();
  #metrics: RunProgress['metrics'] = {};
  #texts: RunProgress['texts'];

  /** @param before the walk that met a damaged object, whose encoded texts still count */
  constructor(config: RetrainConfig, before: RetrainDag | null) {
    this.#config = config;
    this.#texts = before ? { encoded: before.#texts.encoded, cached: 0 } : { encoded: 0, cached: 0 };
  }

  get progress(): RunProgress {
    return { preset: this.#config.preset, steps: this.#board.steps, metrics: this.#metrics, texts: this.#texts };
  }

  embedded({ step, done, total }: EmbeddedSignal): void {
    this.#board.count(step, done, total);
  }

  async run(): Promise<RunResult> {
    const { data, model } = this.#config;
    const sources = await this.#board.run('resolve', () => cpu.resolveSources({ data, model }));
    const parts = await this.#board.run('split', () => this.#split(sources), splitNote);

    // A minute of the GPU queue, before the hours: so that the zero-shot figures need not wait for the training.
    const encoder = await this.#export('base', {
      model: sources.model,
      adapter: null,
      maxSeqLength: model.maxSeqLength,
    });

    const [bm25, base, { tuned, training }] = await together(
      () => this.#bm25(parts),
      () => this.#evaluated('base', encoder, parts),
      () => this.#fineTuned(sources.model, parts),
    );

    const comparison = await this.#board.run('compare', () =>
      cpu.compareModels({ base: base.evaluation, fineTuned: tuned.evaluation }),
    );
    const tracking = await this.#track({ base, tuned, training, bm25 });
    const result: RunResult = {
      preset: this.#config.preset,
      metrics: {
        ...(bm25 ? { bm25: bm25.metrics } : {}),
        base: base.evaluation.metrics,
        fineTuned: tuned.evaluation.metrics,
      },
      comparison,
      // All but the step that writes the result down.
      steps: this.#board.steps.filter(({ name }) => name !== 'record'),
      texts: this.#texts,
      tracking,
      artifacts: runArtifacts(base, tuned, training, parts),
    };
    return this.#record(result);
  }

  #split({ data }: ResolveResult): Promise<StepOutcome<SplitResult>> {
    const { source, columns, limit, dropDuplicates } = this.#config.data;
    const { training, evaluation } = this.#config;
    const needs = { trainRows: training.batchSize, testRows: evaluation.miniNegatives + 1 };
    return cpu.splitData({ data, source, columns, limit, dropDuplicates, split: this.#config.split, needs });
  }

  async #bm25({ test }: SplitResult): Promise<Bm25Result | null> {
    if (!this.#config.evaluation.bm25) {
      this.#board.skip('bm25', 'evaluation.bm25 is false');
      return null;
    }
    const result = await this.#board.run('bm25', () => cpu.evaluateBm25({ test }));
    this.#metrics = { ...this.#metrics, bm25: result.metrics };
    return result;
  }

  async #fineTuned(model: FileSet, parts: SplitResult): Promise<{ tuned: Evaluated; training: FineTuneResult }> {
    const { training: recipe } = this.#config;
    const { maxSeqLength } = this.#config.model;
    const { train, dev } = parts;
    const input: FineTuneInput = { model, train, dev, prefixes: this.#prefixes, maxSeqLength, training: recipe };
    const training = await this.#board.run(
      'fine-tune',
      async () => (await cpu.recallFineTune(input)) ?? (await withTrainerRetries(() => gpu.fineTune(input))),
      ({ steps, bestStep }) => `${steps} steps${bestStep === null ? '' : `, best at ${bestStep}`}`,
    );
    const source: ExportInput =
      training.kind === 'adapter'
        ? { model, adapter: training.weights, maxSeqLength }
        : { model: training.weights, adapter: null, maxSeqLength };
    return { training, tuned: await this.#evaluated('tuned', await this.#export('tuned', source), parts) };
  }

  #export(branch: Branch, source: ExportInput): Promise<EncoderRef> {
    return this.#board.run(
      `export-${branch}`,
      async () => (await cpu.recallExport(source)) ?? (await withTrainerRetries(() => gpu.exportEncoder(source))),
    );
  }

  /** Embed, index, evaluate: the same three steps for the base model and the fine-tuned one. */
  async #evaluated(branch: Branch, encoder: EncoderRef, { test }: SplitResult): Promise<Evaluated> {
    await this.#embed(`embed-${branch}`, encoder, test);
    const prefixes = this.#prefixes;
    const index = await this.#board.run(
      `index-${branch}`,
      () => cpu.buildIndex({ encoder, test, prefixes, factory: this.#config.index.factory, step: `index-${branch}` }),
      indexNote,
    );
    const evaluation = await this.#board.run(`evaluate-${branch}`, () =>
      cpu.evaluateRetrieval({
        encoder,
        test,
        prefixes,
        index,
        evaluation: this.#config.evaluation,
        step: `evaluate-${branch}`,
      }),
    );
    const name = branch === 'base' ? 'base' : 'fineTuned';
    this.#metrics = { ...this.#metrics, [name]: evaluation.metrics };
    return { encoder, index, evaluation };
  }

  async #embed(step: StepName, encoder: EncoderRef, rows: SplitResult['test']): Promise<void> {
    const note = { text: '' };
    await this.#board.run(
      step,
      async () => {
        const { embedding } = this.#config;
        const { workflowId, runId } = workflowInfo();
        const { outcome, encoded, cached, truncated } = await executeChild(embed, {
          workflowId: `${workflowId}/${step}`,
          taskQueue: CPU_QUEUE,
          args: [{ encoder, rows, prefixes: this.#prefixes, embedding, step, run: { workflowId, runId } }],
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        });
        this.#texts = { encoded: this.#texts.encoded + encoded, cached: this.#texts.cached + (cached ?? 0) };
        note.text = `${encoded} encoded, ${cached ?? 0} from the cache${truncated > 0 ? `, ${truncated} truncated` : ''}`;
        return { ...outcome, cached: encoded === 0 };
      },
      () => note.text,
    );
  }

  async #track(found: {
    base: Evaluated;
    tuned: Evaluated;
    training: FineTuneResult;
    bm25: Bm25Result | null;
  }): Promise<TrackingResult> {
    if (this.#config.tracking.mode === 'none') {
      this.#board.skip('track', 'tracking.mode is none');
      return { state: 'none' };
    }
    try {
      return await this.#board.run('track', () =>
        trackRun({
          config: this.#config,
          base: found.base.evaluation,
          fineTuned: found.tuned.evaluation,
          bm25: found.bm25,
          training: found.training,
        }),
      );
    } catch (error) {
      const failure = applicationFailure(error);
      // A cancelled run is cancelled; W&B being away is only told.
      if (!failure) throw error;
      return { state: 'failed', error: failure.message };
    }
  }

  async #record(result: RunResult): Promise<RunResult> {
    const { workflowId, runId } = workflowInfo();
    const record = await this.#board.run('record', async () => ({
      result: await cpu.writeRecord({ config: this.#config, result, steps: this.#board.outcomes }),
      cached: false,
      key: '',
      madeBy: { workflowId, runId },
    }));
    return { ...result, artifacts: { ...result.artifacts, record } };
  }

  get #prefixes(): Prefixes {
    return { query: this.#config.model.queryPrefix, passage: this.#config.model.passagePrefix };
  }
}

function indexNote({ vectors, factory, recallAt10 }: IndexResult): string {
  const recall = recallAt10 === null ? 'exact' : `recall@10 ${recallAt10.toFixed(3)} of exact search`;
  return `${vectors} vectors, ${factory}, ${recall}`;
}

function splitNote({ train, dev, test, cleaning }: SplitResult): string {
  const left = cleaning.rows - cleaning.kept;
  return `${train.rows} train, ${dev.rows} dev, ${test.rows} test${left > 0 ? `; ${left} rows left out` : ''}`;
}

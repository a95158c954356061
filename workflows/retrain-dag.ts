/** The steps of `retrain` and what follows what. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CpuActivities, ExportInput, FineTuneInput, GpuActivities, Prefixes } from '../contracts/activities.ts';
import type { ArtifactRef, FileSet } from '../contracts/artifact.ts';
import type { EmbeddedSignal, RunProgress, StepName } from '../contracts/progress.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import type { RunResult } from '../contracts/run-result.ts';
import type {
  Bm25Result,
  EncoderRef,
  FineTuneResult,
  ResolveResult,
  SplitResult,
  StepOutcome,
} from '../contracts/steps.ts';
import { embedPart } from './embed-part.ts';
import { CPU, GPU } from './options.ts';
import { runArtifacts, type Evaluated } from './run-artifacts.ts';
import { StepBoard } from './step-board.ts';
import { exportNote, fineTuneNote, indexNote, mineNote, splitNote } from './step-notes.ts';
import { together } from './together.ts';
import { trackResult } from './track-result.ts';
import { withTrainerRetries } from './trainer-retries.ts';

const cpu = proxyActivities<CpuActivities>(CPU);
const gpu = proxyActivities<GpuActivities>(GPU);

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
    const encoder = await this.#export('base', sources.model, null);

    const [bm25, base, { tuned, training }] = await together(
      () => this.#bm25(parts),
      () => this.#evaluated('base', encoder, parts),
      () => this.#fineTuned(sources.model, encoder, parts),
    );

    const comparison = await this.#board.run('compare', () =>
      cpu.compareModels({ base: base.evaluation, fineTuned: tuned.evaluation }),
    );
    const tracking = await trackResult(this.#board, {
      config: this.#config,
      base: base.evaluation,
      fineTuned: tuned.evaluation,
      bm25,
      training,
    });
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

  /** What is trained on: the train part, or its rows with hard negatives, for which the base model ranks its passages. */
  async #trainRows(encoder: EncoderRef, { train }: SplitResult): Promise<ArtifactRef> {
    const { hardNegatives, seed } = this.#config.training;
    if (hardNegatives === false) {
      this.#board.skip('embed-train', 'training.hardNegatives is false');
      this.#board.skip('mine-negatives', 'training.hardNegatives is false');
      return train;
    }
    await this.#embed('embed-train', encoder, train);
    const mined = await this.#board.run(
      'mine-negatives',
      () => cpu.mineNegatives({ encoder, train, prefixes: this.#prefixes, hardNegatives, seed }),
      mineNote,
    );
    return mined.train;
  }

  async #fineTuned(
    model: FileSet,
    encoder: EncoderRef,
    parts: SplitResult,
  ): Promise<{ tuned: Evaluated; training: FineTuneResult }> {
    const { training: recipe } = this.#config;
    const { maxSeqLength } = this.#config.model;
    const { dev } = parts;
    const train = await this.#trainRows(encoder, parts);
    const prefixes = this.#prefixes;
    const input: FineTuneInput = {
      model,
      train,
      dev,
      prefixes,
      maxSeqLength,
      training: recipe,
      memoryMicroBatch: null,
    };
    const attempt = (memoryMicroBatch: number | null): Promise<StepOutcome<FineTuneResult>> =>
      gpu.fineTune({ ...input, memoryMicroBatch });
    const training = await this.#board.run(
      'fine-tune',
      async () => (await cpu.recallFineTune(input)) ?? (await withTrainerRetries(attempt, this.#teller('fine-tune'))),
      fineTuneNote,
    );
    const { kind, weights } = training;
    const tuned = await (kind === 'adapter'
      ? this.#export('tuned', model, weights)
      : this.#export('tuned', weights, null));
    return { training, tuned: await this.#evaluated('tuned', tuned, parts) };
  }

  #export(branch: Branch, model: FileSet, adapter: FileSet | null): Promise<EncoderRef> {
    const { precision, device } = this.#config.embedding;
    const { maxSeqLength } = this.#config.model;
    const source: ExportInput = { model, adapter, maxSeqLength, precision, device };
    const step: StepName = `export-${branch}`;
    const attempt = (): Promise<StepOutcome<EncoderRef>> => gpu.exportEncoder(source);
    return this.#board.run(
      step,
      async () => (await cpu.recallExport(source)) ?? (await withTrainerRetries(attempt, this.#teller(step))),
      exportNote,
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
        const embedded = await embedPart({ encoder, rows, prefixes: this.#prefixes, embedding, step });
        const { outcome, encoded, cached, truncated } = embedded;
        this.#texts = { encoded: this.#texts.encoded + encoded, cached: this.#texts.cached + (cached ?? 0) };
        note.text = `${encoded} encoded, ${cached ?? 0} from the cache${truncated > 0 ? `, ${truncated} truncated` : ''}`;
        return { ...outcome, cached: encoded === 0 };
      },
      () => note.text,
    );
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

  #teller(step: StepName): (note: string) => void {
    return (note) => this.#board.note(step, note);
  }

  get #prefixes(): Prefixes {
    return { query: this.#config.model.queryPrefix, passage: this.#config.model.passagePrefix };
  }
}

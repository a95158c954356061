/** What a plan says of sizes: parameters, work, time and memory, from the shape of a model. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adapterParameters, allParameters, architectureOf, layerParameters } from '../../cli/plan/architecture.ts';
import { encoderBytes } from '../../cli/plan/estimate-bytes.ts';
import { estimateSeconds, type TimedPlan } from '../../cli/plan/estimate-seconds.ts';
import { rowTokens } from '../../cli/plan/text-lengths.ts';
import { trainingMemory } from '../../cli/plan/training-memory.ts';
import { encodingWork, trainingSteps, trainingWork } from '../../cli/plan/training-work.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';

const GIB = 2 ** 30;

/** config.json of BAAI/bge-m3 and of all-MiniLM-L6-v2, as far as it is read. */
const BGE_M3 = architectureOf(
  JSON.stringify({
    model_type: 'xlm-roberta',
    hidden_size: 1_024,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    intermediate_size: 4_096,
    vocab_size: 250_002,
    max_position_embeddings: 8_194,
    type_vocab_size: 1,
  }),
)!;
const MINI_LM = architectureOf(
  JSON.stringify({
    model_type: 'bert',
    hidden_size: 384,
    num_hidden_layers: 6,
    num_attention_heads: 12,
    intermediate_size: 1_536,
    vocab_size: 30_522,
    max_position_embeddings: 512,
    type_vocab_size: 2,
  }),
)!;

const training = (changes: RetrainInput['training'] = {}) => parseRetrainInput({ training: changes }).training;
const reference = (changes: RetrainInput['training'] = {}) =>
  parseRetrainInput({ preset: 'legalkit-bge-m3', training: changes }).training;
/** LegalKit-like: short questions, passages that fill the model. */
const TOKENS = { query: { mean: 25, longest: 60 }, passage: { mean: 150, longest: 384 } };

describe('the shape of an encoder', () => {
  it('has the parameters that PyTorch counts', () => {
    assert.equal(allParameters(BGE_M3), 567_754_752);
    assert.equal(allParameters(MINI_LM), 22_713_216);
    assert.equal(layerParameters(MINI_LM), 10_646_784);
  });

  it('has the adapter that peft makes on all linear layers', () => {
    assert.equal(adapterParameters(MINI_LM, 16), 675_840);
  });

  it('is not known of a family whose layers are built in another way, or of no configuration', () => {
    assert.equal(architectureOf(JSON.stringify({ model_type: 'modernbert', hidden_size: 768 })), null);
    assert.equal(architectureOf('no JSON'), null);
  });
});

describe('the size of an exported encoder', () => {
  it('is within a hundredth of the exporter’s files', () => {
    // Bytes of model.onnx and model.onnx.data of all-MiniLM-L6-v2.
    for (const [precision, bytes] of [
      ['fp32', 90_301_813],
      ['fp16', 45_164_717],
      ['int8', 58_570_451],
    ] as const)
      assert.ok(Math.abs(encoderBytes(MINI_LM, precision) / bytes - 1) < 0.01, precision);
  });
});

describe('the tokens of rows', () => {
  it('go by their bytes, cut at the longest text that the model reads', () => {
    const rows = [
      { query: 'é'.repeat(21), positive: 'a'.repeat(4_200) },
      { query: 'é'.repeat(42), positive: 'a'.repeat(42) },
    ];
    assert.deepEqual(rowTokens(rows, 384, 250_000), {
      query: { mean: 17, longest: 22 },
      passage: { mean: 198, longest: 384 },
    });
  });
});

describe('the work of a training', () => {
  it('drops an epoch’s incomplete last batch, and ends at maxSteps', () => {
    assert.equal(trainingSteps(training({ batchSize: 64, maxSteps: null, epochs: 2 }), 37_100), 2 * 579);
    assert.equal(trainingSteps(training({ batchSize: 64, maxSteps: 10 }), 37_100), 10);
  });

  it('is two forward passes with an adapter, three without, and one more with the gradient cache', () => {
    const work = (changes: RetrainInput['training']): number =>
      trainingWork({ architecture: BGE_M3, training: reference(changes), tokens: TOKENS, steps: 10, devTexts: 0 });
    const forward = 10 * 64 * encodingWork(BGE_M3, 25 + 150);
    assert.equal(work({}), 2 * forward);
    assert.equal(work({ lora: false }), 3 * forward);
    assert.equal(work({ loss: 'cached-mnrl' }), 3 * forward);
    assert.equal(work({ gradientCheckpointing: true }), 3 * forward);
    assert.equal(work({ hardNegatives: {} }), 2 * 10 * 64 * encodingWork(BGE_M3, 25 + 2 * 150));
  });

  it('counts the evaluations on the dev part', () => {
    const shape = { architecture: MINI_LM, training: training({ evalSteps: 4 }), tokens: TOKENS, steps: 10 };
    const evaluations = trainingWork({ ...shape, devTexts: 7 }) - trainingWork({ ...shape, devTexts: 0 });
    assert.equal(evaluations, 3 * 7 * encodingWork(MINI_LM, (25 + 150) / 2));
  });
});

describe('the memory of a training', () => {
  it('lies at most a fifth above what autograd was counted to keep, and two per cent below', () => {
    // Bytes a token and layer under bfloat16 autocast, in hidden sizes, without weight copies and attention's matrices.
    const counted = [
      [MINI_LM, {}, 94],
      [BGE_M3, {}, 103.7],
      [MINI_LM, { lora: false }, 56],
      [BGE_M3, { lora: false }, 66],
    ] as const;
    for (const [architecture, changes, bytes] of counted) {
      const { bytes: estimated, tokens } = trainingMemory(architecture, reference(changes), TOKENS);
      const { hidden, layers } = architecture;
      const ratio = estimated.activations / (tokens * layers * hidden * bytes);
      assert.ok(ratio > 0.98 && ratio < 1.2, `${JSON.stringify(changes)}: ${ratio}`);
    }
  });

  it('holds the whole batch with the plain loss, one column of a micro-batch with the cached one', () => {
    assert.equal(trainingMemory(BGE_M3, reference(), TOKENS).tokens, 64 * (60 + 384));
    const cached = trainingMemory(BGE_M3, reference({ loss: 'cached-mnrl', microBatchSize: 16 }), TOKENS);
    assert.deepEqual([cached.microBatch, cached.tokens], [16, 16 * 384]);
    assert.equal(trainingMemory(BGE_M3, reference({ processes: 4 }), TOKENS).microBatch, 16);
  });

  it('is less with gradient checkpointing, and the optimizer’s is the trainable part’s', () => {
    const [plain, thrifty] = [reference(), reference({ gradientCheckpointing: true })];
    const activations = (recipe: typeof plain): number => trainingMemory(BGE_M3, recipe, TOKENS).bytes.activations;
    assert.ok(activations(thrifty) < activations(plain) / 10);
    const { optimizer } = trainingMemory(BGE_M3, reference({ lora: false }), TOKENS).bytes;
    assert.equal(optimizer, 12 * allParameters(BGE_M3));
    assert.equal(trainingMemory(BGE_M3, plain, TOKENS).bytes.optimizer, 12 * adapterParameters(BGE_M3, 16));
  });

  it('says which cards hold the recipe, and which micro-batch each holds at most', () => {
    const { cards, bytes } = trainingMemory(BGE_M3, reference(), TOKENS);
    assert.deepEqual(
      cards.map(({ gib, fits }) => [gib, fits]),
      [16, 24, 40, 80].map((gib) => [gib, bytes.total <= gib * GIB * 0.95]),
    );
    const batches = cards.map(({ microBatch }) => microBatch);
    assert.deepEqual(
      batches,
      [...batches].sort((a, b) => (a ?? 0) - (b ?? 0)),
      'more memory, more pairs',
    );
    const wide = { ...BGE_M3, hidden: 8_192, intermediate: 32_768 };
    assert.deepEqual(
      new Set(trainingMemory(wide, reference(), TOKENS).cards.map((card) => card.microBatch)),
      new Set([null]),
    );
  });

  it('of the recommended recipe fits a card of 24 GB, as the preset says', () => {
    const { training: tuned } = parseRetrainInput({ preset: 'legalkit-bge-m3-tuned' });
    const card = trainingMemory(BGE_M3, tuned, TOKENS).cards.find(({ gib }) => gib === 24);
    assert.deepEqual([card?.fits, (card?.microBatch ?? 0) >= tuned.microBatchSize!], [true, true]);
  });
});

describe('seconds', () => {
  const plan = (changes: Partial<TimedPlan> & { readonly input?: RetrainInput } = {}): TimedPlan => ({
    config: parseRetrainInput(changes.input ?? {}),
    steps: (['embed-base', 'fine-tune', 'bm25', 'promote'] as const).map((step) => ({
      step,
      state: 'compute' as const,
      madeBy: null,
      why: [],
    })),
    rows: { train: 2_800, dev: 600, test: 600 },
    texts: [{ step: 'embed-base', texts: 1_200, missing: 1_200 }],
    architecture: MINI_LM,
    tokens: TOKENS,
    trainer: 'cpu',
    download: 0,
    runs: [],
    ...changes,
  });

  it('come from the bench on a CPU, and a model thirty times as large takes thirty times as long', () => {
    const seconds = ({ architecture }: Pick<TimedPlan, 'architecture'>): (number | null)[] =>
      estimateSeconds(plan({ architecture })).steps.map((step) => step.seconds);
    const [small, large] = [seconds({ architecture: MINI_LM }), seconds({ architecture: BGE_M3 })];
    const ratio = layerParameters(BGE_M3) / layerParameters(MINI_LM);
    for (const step of [0, 1]) assert.ok(Math.abs(large[step]! / small[step]! - ratio) < 1e-9);
    assert.deepEqual([small[2], small.length], [null, 3], 'BM25 was never measured here, and a decision takes no time');
  });

  it('are no figure on a GPU, which nobody has measured', () => {
    const input: RetrainInput = { embedding: { device: 'cuda', precision: 'fp16' } };
    const { steps, known, unknown } = estimateSeconds(plan({ input, trainer: 'gpu' }));
    assert.deepEqual(unknown, ['embed-base', 'fine-tune', 'bm25']);
    assert.deepEqual([known, new Set(steps.map(({ basis }) => basis))], [0, new Set(['not measured'])]);
  });

  it('are none where the model’s shape is not known', () => {
    assert.deepEqual(estimateSeconds(plan({ architecture: null })).unknown, ['embed-base', 'fine-tune', 'bm25']);
  });
});

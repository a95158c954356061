/**
 * GPU memory of one training process in mixed precision, estimated from the model's shape.
 *
 * weights       4 bytes a parameter: they are kept in float32
 * copies        2 bytes a parameter of the layers: the 16-bit weights that autocast keeps for the backward pass
 * optimizer     12 bytes a trainable parameter: gradient, and AdamW's two moments, in float32
 * activations   bytes that the backward pass needs, a token and layer, of hidden size h and intermediate size i:
 *               34 h + 8 i for a whole model; 54 h + 12 i with LoRA, which keeps what it drops out of each input
 * checkpointing 4 h a token and layer, and one layer's activations
 * runtime       1 GiB for CUDA and the libraries' workspaces; 10 % on top, for what the allocator can't use
 *
 * The activations were counted, tensor by tensor as autograd keeps them under bfloat16 autocast on a CPU, with MiniLM's and
 * BGE-M3's shapes: the formula lies between 2 % below and 18 % above, and the peak of what PyTorch allocated in forward and
 * backward pass within 8 % of that. A trainer's resident memory on a CPU (`train/memory_mib`) grew 1.2 to 1.6 times as fast
 * with the batch: attention keeps matrices of length × length there, which fused attention does not, and malloc keeps what
 * is freed. No figure of a GPU has been compared with any of this.
 */
import type { TrainingSection } from '../../contracts/training-input.ts';
import { adapterParameters, allParameters, layerParameters, type Architecture } from './architecture.ts';
import type { RowTokens } from './text-lengths.ts';

const GIB = 2 ** 30;
const RUNTIME = GIB;
const ALLOCATOR = 1.1;
/** Of cards that are sold. */
const CARDS_GIB = [16, 24, 40, 80] as const;
/** Share of a card that is left to a training: the driver and other processes hold the rest. */
const USABLE = 0.95;
/** sentence-transformers' default. */
const CACHED_MICRO_BATCH = 32;

export interface MemoryEstimate {
  readonly bytes: {
    readonly weights: number;
    readonly optimizer: number;
    readonly activations: number;
    readonly runtime: number;
    readonly total: number;
  };
  /** Pairs of one forward pass, and the tokens that they are padded to at most. */
  readonly microBatch: number;
  readonly tokens: number;
  /** Largest micro-batch (with loss cached-mnrl) that each card holds; null: not one pair. */
  readonly cards: readonly {
    readonly gib: number;
    /** Whether the recipe fits as it stands. */
    readonly fits: boolean;
    readonly microBatch: number | null;
  }[];
}

/** @param tokens of the train part's rows */
export function trainingMemory(
  architecture: Architecture,
  training: TrainingSection,
  tokens: RowTokens,
): MemoryEstimate {
  const share = Math.ceil(training.batchSize / training.processes);
  const cached = training.loss === 'cached-mnrl';
  const microBatch = cached ? Math.min(share, training.microBatchSize ?? CACHED_MICRO_BATCH) : share;
  const alive = (pairs: number, cachedLoss: boolean): number => pairs * tokensOfPair(training, tokens, cachedLoss);
  const parts = fixedBytes(architecture, training);
  const activations = alive(microBatch, cached) * activationBytes(architecture, training);
  const total = (held: number): number => (parts.weights + parts.optimizer + held) * ALLOCATOR + RUNTIME;
  return {
    bytes: { ...parts, activations, runtime: RUNTIME, total: total(activations) },
    microBatch,
    tokens: alive(microBatch, cached),
    cards: CARDS_GIB.map((gib) => {
      const room = gib * GIB * USABLE;
      const fits = (pairs: number): boolean =>
        total(alive(pairs, true) * activationBytes(architecture, training)) <= room;
      return { gib, fits: total(activations) <= room, microBatch: largestPower(share, fits) };
    }),
  };
}

/** Weights with their 16-bit copies, and what the optimizer keeps of the trainable ones. */
function fixedBytes(architecture: Architecture, { lora }: TrainingSection): { weights: number; optimizer: number } {
  const all = allParameters(architecture);
  const adapter = lora === false ? 0 : adapterParameters(architecture, lora.r);
  const trainable = lora === false ? all : adapter;
  return { weights: 4 * (all + adapter) + 2 * layerParameters(architecture), optimizer: 12 * trainable };
}

/** Bytes that one token leaves for the backward pass, over all layers. */
function activationBytes({ hidden: h, intermediate: i, layers }: Architecture, training: TrainingSection): number {
  const layer = training.lora === false ? 34 * h + 8 * i : 54 * h + 12 * i;
  return training.gradientCheckpointing ? layers * 4 * h + layer : layers * layer;
}

/**
 * Tokens of a pair whose activations are there at the same time: of all its texts, or with the gradient cache of one
 * column's, the longest. Each column is padded to its longest text.
 */
function tokensOfPair({ hardNegatives }: TrainingSection, { query, passage }: RowTokens, cached: boolean): number {
  if (cached) return Math.max(query.longest, passage.longest);
  const negatives = hardNegatives === false ? 0 : hardNegatives.numNegatives;
  return query.longest + passage.longest * (1 + negatives);
}

function largestPower(most: number, fits: (pairs: number) => boolean): number | null {
  for (let pairs = 2 ** Math.floor(Math.log2(most)); pairs >= 1; pairs /= 2) if (fits(pairs)) return pairs;
  return null;
}

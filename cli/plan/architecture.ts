/** The shape of an encoder as its config.json tells it, and the parameters that it has. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { LocatedModel } from '../../adapters/sources/model-source.ts';

/** BERT's layers: four square matrices for attention, two for the feed-forward network, biases, two layer norms. */
const FAMILIES = ['bert', 'roberta', 'xlm-roberta', 'camembert', 'electra'] as const;

const count = z.number().int().positive();

const config = z.object({
  model_type: z.enum(FAMILIES),
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  vocab_size: count,
  max_position_embeddings: count,
  type_vocab_size: count.default(1),
});

export interface Architecture {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediate: number;
  /** Rows of the embedding tables: words, positions and types. */
  readonly embeddings: number;
}

/** @returns null for a family whose parameters are not known here, and for what is no configuration */
export function architectureOf(json: string): Architecture | null {
  const parsed = config.safeParse(parseJson(json));
  if (!parsed.success) return null;
  const { data } = parsed;
  return {
    hidden: data.hidden_size,
    layers: data.num_hidden_layers,
    heads: data.num_attention_heads,
    intermediate: data.intermediate_size,
    embeddings: data.vocab_size + data.max_position_embeddings + data.type_vocab_size,
  };
}

/** Of a sentence-transformers folder: its transformer is the first module, in the root or in a folder of its own. */
export async function architectureIn({ files }: Pick<LocatedModel, 'files'>): Promise<Architecture | null> {
  const file = ['config.json', '0_Transformer/config.json']
    .map((path) => files.find((one) => one.path === path))
    .find((one) => one !== undefined);
  return file ? architectureOf(await readFile(await file.fetch(), 'utf8')) : null;
}

/** Parameters of all layers: what a forward pass multiplies each token with. */
export function layerParameters({ hidden: h, layers, intermediate: i }: Architecture): number {
  const attention = 4 * (h * h + h);
  const feedForward = 2 * h * i + i + h;
  const layerNorms = 4 * h;
  return layers * (attention + feedForward + layerNorms);
}

/** Parameters of the embedding tables, with their layer norm. */
export function tableParameters({ hidden: h, embeddings }: Architecture): number {
  return embeddings * h + 2 * h;
}

/** All parameters: the layers', the embedding tables', the pooler's. */
export function allParameters(architecture: Architecture): number {
  const { hidden: h } = architecture;
  return layerParameters(architecture) + tableParameters(architecture) + (h * h + h);
}

/** Parameters of a LoRA adapter on all linear layers, the pooler's included: rank × (inputs + outputs) each. */
export function adapterParameters({ hidden: h, layers, intermediate: i }: Architecture, rank: number): number {
  return rank * (layers * (4 * (h + h) + 2 * (h + i)) + 2 * h);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** all-MiniLM-L6-v2 as the real exporter writes it, for texts of up to 256 tokens, and what a token costs. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoderInfo } from '../contracts/trainer.ts';
import { exportedEncoder } from '../test/fixtures/exported-encoder.ts';

/** Tokens that the model was trained on at most, and sentence-transformers' default for it. */
export const MAX_SEQ_LENGTH = 256;

const LAYERS = 6;
const HIDDEN = 384;
const FEED_FORWARD = 1_536;

/** Copies the exported encoder into `folder`. Its graph takes any length; encoder.json says where texts are cut. */
export async function miniLm(folder: string, precision: 'fp32' | 'int8' = 'fp32'): Promise<string> {
  const target = join(folder, `all-MiniLM-L6-v2-${precision}`);
  await cp(await exportedEncoder(precision), target, { recursive: true });
  const file = join(target, 'encoder.json');
  const info = encoderInfo.parse(JSON.parse(await readFile(file, 'utf8')));
  await writeFile(file, JSON.stringify({ ...info, maxSeqLength: MAX_SEQ_LENGTH }));
  return target;
}

/**
 * Floating-point operations for one sequence of `length` tokens: two for each multiply-add of the projections
 * (query, key, value, output), the feed-forward layers, and attention's two products. What softmax, GELU and layer
 * normalisation need is not counted, as in every such figure.
 */
export function flopOf(length: number): number {
  const dense = 4 * HIDDEN * HIDDEN + 2 * HIDDEN * FEED_FORWARD;
  const attention = 2 * length * HIDDEN;
  return 2 * LAYERS * length * (dense + attention);
}

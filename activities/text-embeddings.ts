/** Embeddings of texts out of the cache, which the embed step has filled. */
import type { EncoderRef } from '../contracts/steps.ts';
import { packTextKeys } from '../core/text-key.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Row-major float32 [texts, dimensions], in the order of the texts.
 *
 * @throws MissingEmbeddingsError when a segment was lost since it was written
 */
export async function embeddingsOf(
  { embeddings }: Pick<ActivityDeps, 'embeddings'>,
  encoder: EncoderRef,
  texts: readonly string[],
): Promise<Float32Array> {
  return embeddings(encoder).load(packTextKeys(texts));
}

/** The texts of a run whose embeddings its figures rest on, by encoder. */
import { readPartTexts } from '../activities/part-texts.ts';
import { packTextKeys } from '../core/text-key.ts';
import type { AuditedRun } from './audited-run.ts';
import { inputOf, type Made, prefixesOf, stepsOf } from './step-results.ts';

/** Texts as one encoder reads them, and what embedded them. */
export interface EmbeddedTexts {
  readonly step: Made<unknown>;
  readonly encoder: { readonly digest: string; readonly dimensions: number };
  /** Packed keys, uint8 [n, 32], each once. */
  readonly keys: Uint8Array;
}

/**
 * Of the parts, and then of the guard sets, which no step of their own embeds.
 *
 * @throws ArtifactLostError when a part or the rows of a guard set are missing or damaged
 */
export async function* embeddedTexts(run: AuditedRun): AsyncGenerator<EmbeddedTexts> {
  const embedded = stepsOf(run.record, 'embed');
  for (const step of embedded) {
    const encoder = { digest: inputOf(step, 'encoder'), dimensions: step.result.dimensions };
    yield { step, encoder, keys: await keysOf(run, step, inputOf(step, 'rows')) };
  }
  for (const step of stepsOf(run.record, 'evaluate-guards')) {
    const digest = inputOf(step, 'encoder');
    const other = embedded.find(({ inputs }) => inputs['encoder'] === digest);
    if (!other) throw new RangeError(`${step.step}: no step embeds with its encoder ${digest}`);
    const encoder = { digest, dimensions: other.result.dimensions };
    for (const guard of Object.keys(step.result.guards))
      yield { step, encoder, keys: await keysOf(run, step, inputOf(step, `guards.${guard}`)) };
  }
}

async function keysOf(run: AuditedRun, step: Made<unknown>, rows: string): Promise<Uint8Array> {
  const { queries, positives } = await readPartTexts(run.artifacts, await run.object(rows), prefixesOf(step));
  return packTextKeys([...new Set([...queries, ...positives])]);
}

/** Activity `buildIndex`: the FAISS index over the test part's passages, in the order of the corpus. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { IndexInput } from '../contracts/activities.ts';
import { indexResult, type IndexResult, type StepOutcome } from '../contracts/steps.ts';
import { Index } from '../native/faiss/index.ts';
import type { ActivityDeps } from './deps.ts';
import { readPartTexts } from './part-texts.ts';
import { withScratch } from './scratch.ts';
import { runStep } from './step.ts';
import { embeddingsOf } from './text-embeddings.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'embeddings' | 'scratch'>;

export function createBuildIndex(deps: Deps) {
  const { artifacts, records, scratch } = deps;
  return ({ encoder, test, prefixes, factory }: IndexInput): Promise<StepOutcome<IndexResult>> => {
    const identity = {
      name: 'index',
      version: 1,
      inputs: { encoder: encoder.digest, test: test.sha256 },
      parameters: { factory, passagePrefix: prefixes.passage },
    };
    return runStep(records, { identity, schema: indexResult }, () =>
      withScratch(scratch, 'index', async (folder) => {
        const { corpus } = await readPartTexts(artifacts, test, prefixes);
        const embeddings = await embeddingsOf(deps, encoder, corpus.passages);
        const index = Index.fromFactory(encoder.dimensions, factory, 'inner-product');
        if (!index.isTrained) await index.train(embeddings);
        await index.add(embeddings);
        const path = join(folder, 'index.faiss');
        await index.write(path);
        index.dispose();
        return {
          index: await artifacts.putFile(path),
          factory,
          vectors: corpus.passages.length,
          dimensions: encoder.dimensions,
          embeddingsSha256: createHash('sha256').update(embeddings).digest('hex'),
        };
      }),
    );
  };
}

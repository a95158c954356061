/** Answers a question from the index of a finished run, with the bucket and the local cache alone. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJsonLines } from '../../activities/json-lines.ts';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { LocalCache } from '../../adapters/artifacts/local-cache.ts';
import { withOwnFolder } from '../../adapters/files/own-folder.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import type { Pair } from '../../core/clean.ts';
import { buildCorpus } from '../../core/corpus.ts';
import { CliError, EXIT } from '../exit.ts';
import { championRecord, findRecord } from '../records/find-record.ts';
import { retrieversOf, testPartOf, type Retriever } from '../records/retrievers.ts';
import { parseRunArgument } from '../records/run-argument.ts';
import { nearestPassages, type NearestPassages } from './nearest-passages.ts';
import { foreseenSearchError } from './search-error.ts';
import type { Answer, SearchResult } from './search-result.ts';

export interface SearchPlace {
  readonly store: ObjectStore;
  /** Its cache is the workers' own: what a worker on this machine has used needs no download. */
  readonly stateDir: string;
  /** Bytes that the cache may have. @default without a bound */
  readonly cacheBytes?: number;
}

export interface Question {
  readonly text: string;
  /** Workflow ID, or `workflow@run`; undefined for the run that finished last. */
  readonly run: string | undefined;
  /** Whether to search the champion's run instead. */
  readonly champion: boolean;
  /** Answers at most. */
  readonly top: number;
  /** Whether the zero-shot model answers too. */
  readonly base: boolean;
}

/** @throws {CliError} for everything that the bucket, the run or the installation can be at fault for. */
export async function answerQuestion(place: SearchPlace, question: Question): Promise<SearchResult> {
  try {
    const { stateDir } = place;
    return await withOwnFolder(join(stateDir, 'scratch'), (scratch) =>
      withOwnFolder(join(stateDir, 'cache', 'open'), (open) => answer(place, { scratch, open }, question)),
    );
  } catch (error) {
    throw foreseenSearchError(error);
  }
}

async function answer(
  { store, stateDir, cacheBytes }: SearchPlace,
  { scratch, open }: { readonly scratch: string; readonly open: string },
  { text, run, champion, top, base }: Question,
): Promise<SearchResult> {
  const named = run === undefined ? undefined : parseRunArgument(run);
  const record = champion ? await championRecord(store) : await findRecord(store, named);
  const { workflowId, runId, config } = record;
  const cache = { open, ...(cacheBytes === undefined ? {} : { most: cacheBytes }) };
  const artifacts = new ArtifactStore(store, new LocalCache(join(stateDir, 'cache'), cache));
  const files = { artifacts, scratch };
  const retrievers = retrieversOf(record);
  const passages = await passagesOf(artifacts, testPartOf(record));
  const ask = async (retriever: Retriever): Promise<NearestPassages> => {
    checkOrder(retriever, passages);
    return nearestPassages(files, retriever, config.model.queryPrefix + text, top);
  };
  const [fineTuned, zeroShot] = await Promise.all([
    ask(retrievers.fineTuned),
    base ? ask(retrievers.base) : Promise.resolve(null),
  ]);
  return {
    question: text,
    workflowId,
    runId,
    passages: passages.length,
    truncatedTo: fineTuned.truncated ? retrievers.fineTuned.encoder.maxSeqLength : null,
    fineTuned: answers(fineTuned, passages),
    base: zeroShot && answers(zeroShot, passages),
  };
}

/** The corpus in the order in which `buildIndex` adds it, without prefixes. */
async function passagesOf(artifacts: ArtifactStore, testPart: ArtifactRef): Promise<readonly string[]> {
  const pairs = fromJsonLines<Pair>(await artifacts.withFile(testPart, (file) => readFile(file)));
  return buildCorpus(pairs).passages;
}

/** Vectors are numbers in an order: another corpus would put wrong texts to them. */
function checkOrder({ index }: Retriever, passages: readonly string[]): void {
  if (index.vectors === passages.length) return;
  throw new CliError(
    `The run's index has ${index.vectors} passages, and this version of veille makes ${passages.length} of its test part: ` +
      'search with the version that made the run, or run again.',
    EXIT.failed,
  );
}

function answers({ hits }: NearestPassages, passages: readonly string[]): Answer[] {
  return hits.map(({ passage, score }, row) => ({ rank: row + 1, score, passage: passages[passage] ?? '' }));
}

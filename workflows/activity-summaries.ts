/** What the Temporal UI shows beside each activity: what it does and on what, in a few words. */
import type { CpuActivities, GpuActivities } from '../contracts/activities.ts';
import type { StepName } from '../contracts/progress.ts';
import { shortSource } from '../contracts/run-summary.ts';

export type Activities = CpuActivities & GpuActivities;
export type ActivityName = keyof Activities;

/** Of the activity's input, and of what the workflow alone knows of this call. */
export const ACTIVITY_SUMMARIES: {
  readonly [Name in ActivityName]: (...input: Parameters<Activities[Name]>) => string;
} = {
  prepareRun: () => 'check the input',
  prepareSweep: () => 'check the input of the sweep',
  resolveSources: ({ data, model }) => `fetch ${shortSource(data.source)} and ${shortSource(model.source)}`,
  recallRun: () => 'look for a finished run of the same data, code and configuration',
  readGuards: ({ guards }) => `read guard sets: ${Object.keys(guards).join(', ')}`,
  splitData: ({ source }) => `clean and split ${shortSource(source)}`,
  recallExport: ({ adapter }) => `look for an earlier export${adapter ? ' of this adapter' : ''}`,
  exportEncoder: ({ adapter, precision }) => `export encoder${adapter ? ' with its adapter' : ''}, ${precision}`,
  recallFineTune: () => 'look for an earlier training of the same kind',
  fineTune: ({ memoryMicroBatch }) =>
    `fine-tune${memoryMicroBatch === null ? '' : `, computed in parts of ${memoryMicroBatch} because of memory`}`,
  checkGpuQueue: () => 'look for a worker on the GPU queue',
  planEmbedding: ({ step }) => `find texts without an embedding: ${embeddedPart(step)}`,
  encodeSegment: ({ step }) => `embed ${embeddedPart(step)}`,
  buildIndex: ({ step, factory }) => `index test part, ${modelOf(step)}: ${factory}`,
  evaluateRetrieval: ({ step }) => `evaluate on test part, ${modelOf(step)}`,
  evaluateBm25: () => 'evaluate BM25 on test part',
  mineNegatives: () => 'mine hard negatives in train part',
  compareModels: () => 'compare fine-tuned with zero-shot',
  evaluateGuards: ({ step, guards }) => `evaluate on guard sets, ${modelOf(step)}: ${Object.keys(guards).join(', ')}`,
  readChampion: () => 'read who is the champion',
  judgeCandidate: ({ champion }) =>
    `judge against ${champion === null ? 'the base model' : `champion ${champion.revision}`}`,
  promoteCandidate: ({ by }) => `promote, by ${by}`,
  notifyEnd: ({ end }) => `send to the webhook: ${end === 'waiting' ? 'waits for an approval' : end}`,
  trackRun: ({ config }) => `publish to W&B, ${config.tracking.mode}`,
  writeRecord: ({ promote }) => `write the record${promote ? ' and promote' : ''}`,
  compactEmbeddings: () => 'merge small segments of the embedding cache',
  discardCorrupt: ({ key }) => `discard damaged object ${key}`,
};

/** Which texts a step embeds, and with which model. */
export function embeddedPart(step: StepName): string {
  if (step.startsWith('guard-')) return `guard set, ${modelOf(step)}`;
  return `${step === 'embed-train' ? 'train' : 'test'} part, ${modelOf(step)}`;
}

function modelOf(step: StepName): string {
  if (step.endsWith('-tuned')) return 'fine-tuned model';
  if (step.endsWith('-champion')) return 'champion';
  return step === 'guard-reference' ? 'model to compare with' : 'base model';
}

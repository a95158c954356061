/** Which steps an activity type works for: what tells where an activity belongs before its first heartbeat. */
import type { CpuActivities, GpuActivities } from '../../contracts/activities.ts';
import type { RunProgress, StepName, StepState } from '../../contracts/progress.ts';

const EXPORTS: readonly StepName[] = ['export-base', 'export-tuned'];
const EMBEDS: readonly StepName[] = [
  'embed-base',
  'embed-champion',
  'embed-train',
  'embed-tuned',
  'guard-reference',
  'guard-tuned',
];

const STEPS: Record<keyof CpuActivities | keyof GpuActivities, readonly StepName[]> = {
  prepareRun: [],
  prepareSweep: [],
  resolveSources: ['resolve'],
  recallRun: [],
  readGuards: ['read-guards'],
  splitData: ['split'],
  recallExport: EXPORTS,
  exportEncoder: EXPORTS,
  recallFineTune: ['fine-tune'],
  fineTune: ['fine-tune'],
  checkGpuQueue: [],
  planEmbedding: EMBEDS,
  encodeSegment: EMBEDS,
  buildIndex: ['index-base', 'index-champion', 'index-tuned'],
  evaluateRetrieval: ['evaluate-base', 'evaluate-champion', 'evaluate-tuned'],
  evaluateBm25: ['bm25'],
  compactEmbeddings: [],
  mineNegatives: ['mine-negatives'],
  compareModels: ['compare'],
  evaluateGuards: ['guard-reference', 'guard-tuned'],
  readChampion: [],
  judgeCandidate: ['judge'],
  promoteCandidate: ['promote'],
  notifyEnd: [],
  trackRun: ['track'],
  writeRecord: ['record'],
  discardCorrupt: [],
};

/**
 * The step for which an activity works, or worked.
 *
 * @param state of the steps that come into question, where the type is one of several branches
 * @returns null where several are in that state, or the type is another version's
 */
export function stepOfActivity(type: string, progress: RunProgress | null, state: StepState): StepName | null {
  const steps = Object.hasOwn(STEPS, type) ? STEPS[type as keyof typeof STEPS] : [];
  const inState = progress?.steps.filter((step) => step.state === state).map(({ name }) => name) ?? [];
  const candidates = steps.length > 1 ? steps.filter((step) => inState.includes(step)) : steps;
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

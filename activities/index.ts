/** The activities of each queue, from the dependencies of one worker. */
import type { CpuActivities, GpuActivities } from '../contracts/activities.ts';
import { createBuildIndex } from './build-index.ts';
import { createCheckGpuQueue } from './check-gpu-queue.ts';
import { createCompactEmbeddings } from './compact-embeddings.ts';
import { createCompareModels } from './compare-models.ts';
import type { ActivityDeps, CpuActivityDeps } from './deps.ts';
import { createDiscardCorrupt } from './discard-corrupt.ts';
import { durable } from './durable.ts';
import { createEncodeSegment } from './encode-segment.ts';
import { createEvaluateBm25 } from './evaluate-bm25.ts';
import { createEvaluateGuards } from './evaluate-guards.ts';
import { createEvaluateRetrieval } from './evaluate-retrieval.ts';
import { createExportEncoder, createRecallExport } from './export-encoder.ts';
import { createFineTune, createRecallFineTune } from './fine-tune.ts';
import { createJudgeCandidate } from './judge-candidate.ts';
import { createMineNegatives } from './mine-negatives.ts';
import { createNotifyEnd } from './notify-end.ts';
import { createPlanEmbedding } from './plan-embedding.ts';
import { createPrepareRun } from './prepare-run.ts';
import { createPrepareSweep } from './prepare-sweep.ts';
import { createPromoteCandidate } from './promote-candidate.ts';
import { createReadChampion } from './read-champion.ts';
import { createReadGuards } from './read-guards.ts';
import { createRecallRun } from './recall-run.ts';
import { createResolveSources } from './resolve-sources.ts';
import { createSplitData } from './split-data.ts';
import { createTrackRun } from './track-run.ts';
import { createWriteRecord } from './write-record.ts';

export function createCpuActivities(deps: CpuActivityDeps): CpuActivities {
  return durable<CpuActivities>({
    prepareRun: createPrepareRun(deps),
    prepareSweep: createPrepareSweep(deps),
    resolveSources: createResolveSources(deps),
    recallRun: createRecallRun(deps),
    readGuards: createReadGuards(deps),
    splitData: createSplitData(deps),
    recallExport: createRecallExport(deps),
    recallFineTune: createRecallFineTune(deps),
    checkGpuQueue: createCheckGpuQueue(deps),
    planEmbedding: createPlanEmbedding(deps),
    encodeSegment: createEncodeSegment(deps),
    buildIndex: createBuildIndex(deps),
    evaluateRetrieval: createEvaluateRetrieval(deps),
    evaluateBm25: createEvaluateBm25(deps),
    mineNegatives: createMineNegatives(deps),
    compareModels: createCompareModels(deps),
    evaluateGuards: createEvaluateGuards(deps),
    readChampion: createReadChampion(deps),
    judgeCandidate: createJudgeCandidate(deps),
    promoteCandidate: createPromoteCandidate(deps),
    notifyEnd: createNotifyEnd(deps),
    trackRun: createTrackRun(deps),
    writeRecord: createWriteRecord(deps),
    compactEmbeddings: createCompactEmbeddings(deps),
    discardCorrupt: createDiscardCorrupt(deps),
  });
}

export function createGpuActivities(deps: ActivityDeps): GpuActivities {
  return durable<GpuActivities>({
    exportEncoder: createExportEncoder(deps),
    fineTune: createFineTune(deps),
    encodeSegment: createEncodeSegment(deps),
  });
}

/** What the workflows ask of the workers: one signature an activity. Types only. */
import type { ArtifactRef, FileSet, Provenance } from './artifact.ts';
import type { ChampionEntry } from './champion.ts';
import type { GateResult, GuardData } from './gate.ts';
import type { EvaluateGuardsInput, JudgeInput, NotifyInput, PromoteInput, ReadGuardsInput } from './gate-activities.ts';
import type { SweepPlan } from './parse-sweep-input.ts';
import type { StepName } from './progress.ts';
import type { RetrainConfig } from './retrain-input.ts';
import type { HardNegativesSection } from './training-input.ts';
import type { RunResult, TrackingResult } from './run-result.ts';
import type {
  Bm25Result,
  CompareResult,
  EmbedResult,
  EncoderRef,
  EvaluateResult,
  FineTuneResult,
  GuardEvaluations,
  IndexResult,
  MineResult,
  ReadGuardsResult,
  ResolveResult,
  SplitResult,
  StepOutcome,
} from './steps.ts';

/** A run's input with its defaults, and what the worker that took the run is. */
export interface PreparedRun {
  readonly config: RetrainConfig;
  /** Build of the worker's code: the commit, and a digest of what was changed since. */
  readonly buildId: string;
  /** Whether the server knows {@link import('./search-attributes.ts').SEARCH_ATTRIBUTES}: setting unknown ones is an error. */
  readonly searchable: boolean;
  /** Base URL of the Temporal UI without a trailing slash; null where the worker knows none. */
  readonly uiUrl: string | null;
}

/** A sweep's trials, each validated, with their base as the run that it would be by itself. */
export interface PreparedSweep extends Omit<SweepPlan, 'base'> {
  readonly prepared: PreparedRun;
}

export interface ResolveInput {
  readonly data: RetrainConfig['data'];
  readonly model: RetrainConfig['model'];
  readonly guards: Readonly<Record<string, GuardData>>;
}

/** What makes a run the same as another: its sources' bytes, its configuration and its code. */
export interface RunIdentity {
  readonly sources: ResolveResult;
  readonly config: RetrainConfig;
  readonly buildId: string;
}

export interface SplitInput {
  readonly data: ResolveResult['data'];
  /** What messages call the data. */
  readonly source: string;
  readonly columns: RetrainConfig['data']['columns'];
  readonly limit: number | null;
  readonly dropDuplicates: boolean;
  readonly split: RetrainConfig['split'];
  /** What later steps need at least: known before any GPU minute is spent. */
  readonly needs: {
    readonly trainRows: number;
    readonly testRows: number;
    /** Trainings that want no text twice in a batch; missing in what older workflows ask for. */
    readonly unrepeated?: readonly { readonly batchSize: number; readonly maxSteps: number | null }[];
  };
}

export interface ExportInput {
  readonly model: FileSet;
  /** LoRA adapter to merge first; null exports the model as it is. */
  readonly adapter: FileSet | null;
  readonly maxSeqLength: number;
  readonly precision: EncoderRef['precision'];
  readonly device: EncoderRef['device'];
}

export interface Prefixes {
  readonly query: string;
  readonly passage: string;
}

export interface EmbedInput {
  readonly encoder: EncoderRef;
  /** JSON Lines of {query, positive}: all queries and all positives are embedded. */
  readonly rows: ArtifactRef;
  readonly prefixes: Prefixes;
  readonly embedding: RetrainConfig['embedding'];
  readonly step: StepName;
  /** The run that this is done for: the child workflow that does it is nobody's name for the result. */
  readonly run: Provenance;
}

/** What is left to encode, or the finished step when nothing is. */
export interface EmbeddingPlan {
  readonly texts: number;
  readonly cached: number;
  readonly plan: { readonly artifact: ArtifactRef; readonly segments: number } | null;
  /** Small segments that the cache has, candidates for a merge. */
  readonly smallSegments: number;
  readonly outcome: StepOutcome<EmbedResult> | null;
}

export interface EncodeSegmentInput {
  readonly encoder: EncoderRef;
  readonly plan: ArtifactRef;
  readonly segment: number;
  readonly step: StepName;
}

export interface EncodedSegment {
  readonly texts: number;
  /** True when another run had written the segment. */
  readonly adopted: boolean;
  readonly truncated: number;
}

export interface CompactInput {
  readonly encoder: EncoderRef;
}

/** What one pass over an encoder's segments did. */
export interface CompactedCache {
  /** Large segments written out of small ones. */
  readonly written: number;
  /** Small segments removed, whose rows a large one has had for long enough. */
  readonly removed: number;
}

export interface IndexInput {
  readonly encoder: EncoderRef;
  readonly test: ArtifactRef;
  readonly prefixes: Prefixes;
  readonly factory: string;
  readonly step: StepName;
}

export interface EvaluateInput {
  readonly encoder: EncoderRef;
  readonly test: ArtifactRef;
  readonly prefixes: Prefixes;
  readonly index: IndexResult;
  readonly evaluation: RetrainConfig['evaluation'];
  readonly step: StepName;
}

export interface Bm25Input {
  readonly test: ArtifactRef;
}

export interface MineInput {
  readonly encoder: EncoderRef;
  readonly train: ArtifactRef;
  readonly prefixes: Prefixes;
  readonly hardNegatives: HardNegativesSection;
  readonly seed: number;
}

export interface FineTuneInput {
  readonly model: FileSet;
  readonly train: ArtifactRef;
  readonly dev: ArtifactRef;
  readonly prefixes: Prefixes;
  readonly maxSeqLength: number;
  readonly training: RetrainConfig['training'];
  /** After an out-of-memory: pairs a forward pass; null computes as the recipe says. */
  readonly memoryMicroBatch: number | null;
}

export interface CompareInput {
  /** Part that both were measured on; missing in what older workflows ask for, whose intervals ignore its clusters. */
  readonly test?: ArtifactRef;
  readonly base: EvaluateResult;
  readonly fineTuned: EvaluateResult;
}

export interface TrackInput {
  readonly config: RetrainConfig;
  readonly base: EvaluateResult;
  readonly fineTuned: EvaluateResult;
  readonly bm25: Bm25Result | null;
  readonly training: FineTuneResult;
}

export interface RecordInput extends RunIdentity {
  readonly result: RunResult;
  readonly steps: Readonly<Record<string, StepOutcome<unknown>>>;
  /** The candidate becomes the champion with this record, by whom and when `result.promotion` says; absent: nobody does. */
  readonly promote?: Pick<PromoteInput, 'candidate' | 'expected'>;
}

export interface CpuActivities {
  prepareRun: (input: unknown) => Promise<PreparedRun>;
  prepareSweep: (input: unknown) => Promise<PreparedSweep>;
  resolveSources: (input: ResolveInput) => Promise<StepOutcome<ResolveResult>>;
  /** The finished run that this one would repeat, or null. */
  recallRun: (input: RunIdentity) => Promise<StepOutcome<RunResult> | null>;
  readGuards: (input: ReadGuardsInput) => Promise<StepOutcome<ReadGuardsResult>>;
  splitData: (input: SplitInput) => Promise<StepOutcome<SplitResult>>;
  recallExport: (input: ExportInput) => Promise<StepOutcome<EncoderRef> | null>;
  recallFineTune: (input: FineTuneInput) => Promise<StepOutcome<FineTuneResult> | null>;
  /** What a task on the GPU queue would wait for, in one line; null where a worker of the run's build polls it. */
  checkGpuQueue: () => Promise<string | null>;
  planEmbedding: (input: EmbedInput) => Promise<EmbeddingPlan>;
  encodeSegment: (input: EncodeSegmentInput) => Promise<EncodedSegment>;
  buildIndex: (input: IndexInput) => Promise<StepOutcome<IndexResult>>;
  evaluateRetrieval: (input: EvaluateInput) => Promise<StepOutcome<EvaluateResult>>;
  evaluateBm25: (input: Bm25Input) => Promise<StepOutcome<Bm25Result>>;
  compareModels: (input: CompareInput) => Promise<StepOutcome<CompareResult>>;
  evaluateGuards: (input: EvaluateGuardsInput) => Promise<StepOutcome<GuardEvaluations>>;
  /** The champion of now, or null while there is none. */
  readChampion: () => Promise<ChampionEntry | null>;
  judgeCandidate: (input: JudgeInput) => Promise<StepOutcome<GateResult>>;
  /** Of histories of before `writeRecord` moved the champion. Null when another one than expected is there. */
  promoteCandidate: (input: PromoteInput) => Promise<ChampionEntry | null>;
  notifyEnd: (input: NotifyInput) => Promise<void>;
  trackRun: (input: TrackInput) => Promise<StepOutcome<TrackingResult>>;
  /** Null: another champion than `promote` expects is there, and nothing was recorded. */
  writeRecord: (input: RecordInput) => Promise<ArtifactRef | null>;
  mineNegatives: (input: MineInput) => Promise<StepOutcome<MineResult>>;
  compactEmbeddings: (input: CompactInput) => Promise<CompactedCache>;
  discardCorrupt: (ref: ArtifactRef) => Promise<boolean>;
}

export interface GpuActivities {
  encodeSegment: CpuActivities['encodeSegment'];
  exportEncoder: (input: ExportInput) => Promise<StepOutcome<EncoderRef>>;
  fineTune: (input: FineTuneInput) => Promise<StepOutcome<FineTuneResult>>;
}

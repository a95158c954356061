/** What activities work with: handed in once by the worker, by fakes in tests. */
import type { KeyObject } from 'node:crypto';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { ChampionStore } from '../adapters/champion/champion-store.ts';
import type { EmbeddingCache } from '../adapters/embedding-cache/embedding-cache.ts';
import type { DataSources } from '../adapters/sources/data-source.ts';
import type { StepRecords } from '../adapters/step-records/step-records.ts';
import type { TrainerInstallation } from '../adapters/trainer/trainer-process.ts';
import type { CodeDigests } from '../adapters/machine/code-digests.ts';
import type { Webhook } from '../adapters/webhook/webhook.ts';
import type { PreparedRun } from '../contracts/activities.ts';
import type { Provenance } from '../contracts/artifact.ts';
import type { EncoderRef } from '../contracts/steps.ts';
import type { EncoderPool } from './encoder-pool.ts';
import type { TrainingDevice } from './training-arithmetic.ts';

export interface ActivityDeps {
  readonly artifacts: ArtifactStore;
  readonly records: StepRecords;
  readonly champions: ChampionStore;
  /** The cache of one encoder's embeddings. */
  readonly embeddings: (encoder: EncoderRef) => EmbeddingCache;
  readonly encoders: EncoderPool;
  readonly sources: DataSources;
  readonly trainer: TrainerInstallation;
  /** What trainings run on here. */
  readonly trainingDevice: TrainingDevice;
  /** Of the code that computes outside this process: part of the keys of what it computes. */
  readonly code: CodeDigests;
  /** Root of the Python environment, in which `pypi:` models are found. */
  readonly pythonEnvironment: string;
  /** Folder for what one attempt needs on disk; each makes its own below it. */
  readonly scratch: string;
  /** Aborted when this worker has to go: trainers save and stop. */
  readonly preemption: AbortSignal;
  /** True where the worker has a W&B key. */
  readonly hasTrackingKey: boolean;
  /** Is told how runs end; null: nobody is. */
  readonly webhook: Webhook | null;
}

/** What the activities of the CPU queue know beside that: the worker is connected by then. */
export interface CpuActivityDeps extends ActivityDeps {
  /** What a run is told of the worker that takes it. */
  readonly worker: Omit<PreparedRun, 'config'>;
  readonly recording: Recording;
  /** Builds of the workers that poll the GPU queue; null for one without a build. */
  readonly gpuBuilds: () => Promise<readonly (string | null)[]>;
}

/** What a record needs beside the results. */
export interface Recording {
  /** Temporal's. */
  readonly namespace: string;
  readonly exportHistory: (run: Provenance) => Promise<Uint8Array>;
  /** Ed25519 private key that the attestation is signed with; null: it is unsigned, and says so. */
  readonly signer: KeyObject | null;
  /** Address of the authority that time stamps attestations (RFC 3161); null: none does. */
  readonly tsaUrl: string | null;
  /** File of the EC private key that the fine-tuned encoder is signed with; null: it is not. */
  readonly modelSigningKey: string | null;
}

/** What a plan looks at: the bucket, the sources, and what the workers of this configuration are. */
import type { CodeDigests } from '../../adapters/machine/code-digests.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { DataSources } from '../../adapters/sources/data-source.ts';
import type { Upload } from '../../adapters/sources/uploads.ts';
import type { RecordSeals } from '../../adapters/step-records/step-records.ts';

export interface PlanningPlace {
  /** Null: there is no bucket yet, and everything is to be computed. */
  readonly store: ObjectStore | null;
  readonly sources: Omit<DataSources, 'uploads'>;
  /** Sources that lie here and that the run would find in the bucket. */
  readonly uploads?: readonly Upload[];
  /** Root of the trainer's Python environment. */
  readonly pythonEnvironment: string;
  /** Of the code in this repository: a finished run is repeated by the same code alone. */
  readonly buildId: () => string;
  /** Decides, with the keys of this configuration, which step records a worker would take. */
  readonly seals: () => RecordSeals;
  /** Of the code that computes outside the workers, taken to be this repository's. */
  readonly code: () => Promise<CodeDigests>;
  readonly hasWandbKey: boolean;
  /** The GPU's name; null where this machine has none. */
  readonly findGpu: () => Promise<string | null>;
}

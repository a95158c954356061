/** The local stack with both workers, as `dev` and `demo` want it. */
import type { TemporalAccess } from './context.ts';
import type { PortChoices } from './stack/ports.ts';

export interface ServicesOptions {
  /** Folder of the stack's data and logs. */
  readonly stateDir: string;
  readonly ports: PortChoices;
  /** Where a port is taken, use a free one instead of failing. */
  readonly freeWhereTaken: boolean;
  /** Takes one line at a time: a port that was taken, a worker that is started again. */
  readonly log: (line: string) => void;
  /** Aborted while starting: everything is stopped again and the reason thrown. */
  readonly signal: AbortSignal;
}

export interface LocalServices {
  readonly temporal: TemporalAccess;
  /** `s3://bucket/prefix` without a trailing slash. */
  readonly artifactsUrl: string;
  /** What to tell the user, in order, e.g. `['Temporal UI', 'http://…']`. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
  /** The GPU's name; null where fine-tuning runs on the CPU. */
  readonly gpu: string | null;
  /** Aborted with an error as its reason when a server ends by itself. */
  readonly broken: AbortSignal;
  /** Stops the workers, which save their work, and then the servers. */
  stop(): Promise<void>;
}

export type StartServices = (options: ServicesOptions) => Promise<LocalServices>;

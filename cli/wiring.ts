/** Makes the program's parts of its configuration. */
import { join } from 'node:path';
import pc from 'picocolors';
import { openS3, type S3Options } from '../adapters/object-store/s3.ts';
import type { CliContext, Terminal } from './context.ts';
import { interruptSignal } from './interrupt.ts';
import { temporalAccess, type TemporalOptions } from './observe/temporal-access.ts';
import type { ProgramParts } from './program.ts';
import type { S3Access } from './stack/s3-access.ts';
import { ensureCredentials } from './stack/s3-credentials.ts';
import { findRunningStack, type StackAddresses } from './stack/state-lock.ts';

/** What the commands need to know of the environment. */
export interface CliConfig {
  /** A Temporal service of the user's own; null for the local one. */
  readonly temporal: TemporalOptions | null;
  /** An object store of the user's own, with its keys where they are in the environment; null for the local one. */
  readonly s3: (S3Options & { readonly endpoint: string }) | null;
  readonly bucket: string;
  /** Put before every key, with a trailing slash unless it is empty. */
  readonly prefix: string;
  /** Absolute. */
  readonly stateDir: string;
  /** The interpreter of the trainer's environment. */
  readonly python: string;
  readonly hasWandbKey: boolean;
  /** Of the code in this repository: asked for by few commands, and git is asked for it. */
  readonly buildId: () => string;
  /** Everything, for the workers that `dev` and `demo` start. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Where `veille dev` listens unless it is told otherwise. */
const USUAL: StackAddresses = { temporal: '127.0.0.1:7233', ui: 'http://127.0.0.1:8233', s3: null };

export function programParts(config: CliConfig, version: string): ProgramParts & { close(): Promise<void> } {
  const { stateDir, python, hasWandbKey, buildId } = config;
  const running = findRunningStack(stateDir)?.addresses ?? USUAL;
  const temporal = temporalAccess(
    config.temporal ?? { address: running.temporal, uiUrl: running.ui, namespace: 'default' },
  );
  const context: CliContext = {
    terminal: processTerminal(),
    temporal,
    artifactsUrl: `s3://${config.bucket}/${config.prefix}`.replace(/\/$/, ''),
    interruptSignal,
  };
  const store = config.s3 ?? localStore(config, running);
  return {
    version,
    stateDir,
    context: () => context,
    buildId,
    installation: () => ({
      python,
      stateDir,
      hasWandbKey,
      store: store && openS3(store),
      localTemporal: config.temporal === null,
      localStore: config.s3 === null,
    }),
    async startServices(options) {
      const { localServices } = await import('./local-services.ts');
      return localServices({ ...config, s3: config.s3 && accessTo(config.s3) })(options);
    },
    close: () => temporal.close(),
  };
}

/** The running local server's bucket; null when none is running. */
function localStore({ stateDir, bucket, prefix }: CliConfig, { s3 }: StackAddresses): S3Options | null {
  if (s3 === null) return null;
  return { endpoint: s3, region: 'us-east-1', bucket, prefix, credentials: ensureCredentials(join(stateDir, 's3')) };
}

/** The stack hands this on without using it, and the workers take the keys from their environment. */
function accessTo({ endpoint, region, bucket, credentials }: NonNullable<CliConfig['s3']>): S3Access {
  return { endpoint, region, bucket, ...(credentials ?? { accessKeyId: '', secretAccessKey: '' }) };
}

/** Standard output and error. Colours obey NO_COLOR and FORCE_COLOR. */
function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    out: stdout,
    err: stderr,
    isTTY: stdout.isTTY,
    colors: pc,
    // Where nothing is redrawn, nothing has to fit.
    size: () => ({ columns: stdout.isTTY ? stdout.columns : 1_000, rows: stdout.isTTY ? stdout.rows : 1_000 }),
  };
}

/** Makes the program's parts of its configuration. */
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import pc from 'picocolors';
import { deferredStore } from '../adapters/object-store/deferred-store.ts';
import type { HubOptions } from '../adapters/hub/hub.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { openS3, type S3Options } from '../adapters/object-store/s3.ts';
import type { DataBuckets } from '../adapters/sources/bucket-source.ts';
import type { SourceRoots } from '../adapters/sources/local-source.ts';
import { ROOT } from '../workers/config.ts';
import { requireBucket } from './bucket.ts';
import { print, type CliContext, type Terminal } from './context.ts';
import { interruptSignal } from './interrupt.ts';
import type { OpenedBucket } from './local-bucket.ts';
import { hasLocalBucket, localStoreOptions } from './local-store.ts';
import { ownColors } from './terminal-text.ts';
import { temporalAccess, type TemporalOptions } from './observe/temporal-access.ts';
import type { ProgramParts } from './program.ts';
import { parsePublicKeys } from '../provenance/keys.ts';
import type { S3Access } from './stack/s3-access.ts';
import { signingKeyFiles } from './stack/signing-key.ts';
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
  readonly hub: HubOptions;
  /** Bytes that the cache of downloaded files may have. */
  readonly cacheBytes: number;
  /** Where an input may name files, and objects. */
  readonly roots: SourceRoots;
  readonly buckets: Omit<DataBuckets, 'open'>;
  /** Of the code in this repository: asked for by few commands, and git is asked for it. */
  readonly buildId: () => string;
  /** Digest of that code, as records have it. */
  readonly codeSources: () => string;
  /** Public keys that the environment names, read when they are asked for. */
  readonly trustedKeys: () => readonly KeyObject[];
  /** Whether workers of this environment take step records without a trusted signature. */
  readonly recallUnsigned: boolean;
  /** Everything, for the workers that `dev` and `demo` start. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Where `veille dev` listens unless it is told otherwise. */
const USUAL: StackAddresses = { temporal: '127.0.0.1:7233', ui: 'http://127.0.0.1:8233', s3: null };

export function programParts(config: CliConfig, version: string): ProgramParts & { close(): Promise<void> } {
  const { stateDir, python, hasWandbKey, hub, buildId } = config;
  const stack = findRunningStack(stateDir);
  const running = stack?.addresses ?? USUAL;
  const temporal = temporalAccess(
    config.temporal ?? { address: running.temporal, uiUrl: running.ui, namespace: 'default' },
  );
  const context: CliContext = {
    terminal: processTerminal(),
    temporal,
    artifactsUrl: `s3://${config.bucket}/${config.prefix}`.replace(/\/$/, ''),
    // At the usual address there may be other workers, such as those of containers, which see other files.
    ...(config.temporal === null && stack
      ? { workersHere: { folder: ROOT, pythonEnvironment: resolve(python, '..', '..') } }
      : {}),
    interruptSignal,
  };
  const found = config.s3 ?? (running.s3 === null ? null : localStoreOptions(config, running.s3));
  const runningStore = found && openS3(found);
  const local = localBucket(config, context.terminal);
  const trustedKeys = (): readonly KeyObject[] => [
    ...config.trustedKeys(),
    ...(config.s3 === null ? localKeys(stateDir) : []),
  ];
  return {
    version,
    stateDir,
    context: () => context,
    buildId,
    installation: () => ({
      python,
      stateDir,
      cacheBytes: config.cacheBytes,
      hasWandbKey,
      hub,
      trustedKeys,
      codeSources: config.codeSources,
      store: runningStore ?? local.store,
      runningStore,
      localTemporal: config.temporal === null,
      localStore: config.s3 === null,
    }),
    async startServices(options) {
      const { localServices } = await import('./local-services.ts');
      return localServices({ ...config, s3: config.s3 && accessTo(config.s3) })(options);
    },
    async reproductionPlace() {
      const { localPlace } = await import('./reproduce/local-place.ts');
      return localPlace(config, runningStore);
    },
    async planningPlace() {
      const { localPlanningPlace } = await import('./plan/local-place.ts');
      return localPlanningPlace({ ...config, trustedKeys }, runningStore ?? local.store, (bucket) =>
        found ? openS3({ ...found, bucket, prefix: '' }) : local.openBucket(bucket),
      );
    },
    async close() {
      await Promise.all([temporal.close(), local.close()]);
    },
  };
}

interface StoppedBucket {
  /** Null: nothing was ever kept in it. */
  readonly store: ObjectStore | null;
  /**
   * Another bucket of the same server.
   *
   * @throws {CliError} where nothing was ever kept there
   */
  readonly openBucket: (bucket: string) => ObjectStore;
  readonly close: () => Promise<void>;
}

/** The local bucket for when no stack is running: its server is started by the first request, and stopped at the end. */
function localBucket(config: CliConfig, { err }: Terminal): StoppedBucket {
  let opened: Promise<OpenedBucket> | undefined;
  const open = async (): Promise<OpenedBucket> => {
    const { startLocalBucket } = await import('./local-bucket.ts');
    return startLocalBucket(config, (line) => print(err, [line]));
  };
  const running = (): Promise<OpenedBucket> => (opened ??= open());
  const own = deferredStore(`s3://${config.bucket}/${config.prefix}`, async () => (await running()).store);
  return {
    store: hasLocalBucket(config) ? own : null,
    openBucket: (bucket) =>
      hasLocalBucket(config)
        ? deferredStore(`s3://${bucket}/`, async () => openS3({ ...(await running()).options, bucket, prefix: '' }))
        : requireBucket(null),
    async close() {
      // Where it could not be opened, the command has said so.
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

/** Of the runs that the local stack has signed; none before its first start. */
function localKeys(stateDir: string): readonly KeyObject[] {
  const { publicKey } = signingKeyFiles(stateDir);
  return existsSync(publicKey) ? parsePublicKeys(readFileSync(publicKey, 'utf8'), publicKey) : [];
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
    colors: ownColors(pc.isColorSupported),
    // Where nothing is redrawn, nothing has to fit.
    size: () => ({ columns: stdout.isTTY ? stdout.columns : 1_000, rows: stdout.isTTY ? stdout.rows : 1_000 }),
  };
}

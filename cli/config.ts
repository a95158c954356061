/** The command's configuration: read from the environment once, checked, frozen. */
import type { KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { KeyError } from '../provenance/keys.ts';
import {
  bucketsOf,
  buildOf,
  codeSources,
  cacheBytesOf,
  hubOf,
  pythonOf,
  rootsOf,
  silenceAwsNotice,
  storeOf,
} from '../workers/config.ts';
import { parseEnvironment, type Environment } from '../workers/environment.ts';
import { trustedKeysOf } from '../workers/signing-key.ts';
import { UsageError } from './exit.ts';
import type { TemporalOptions } from './observe/temporal-access.ts';
import type { CliConfig } from './wiring.ts';

/**
 * A Temporal service or an object store that the environment names is used; otherwise the local one.
 *
 * @param variables @default process.env
 * @throws UsageError naming each variable that is wrong
 */
export function loadConfig(variables: NodeJS.ProcessEnv = process.env): CliConfig {
  silenceAwsNotice();
  const environment = parsed(variables);
  const store = storeOf(environment);
  return Object.freeze({
    temporal: temporalService(environment),
    // Without an endpoint, AWS credentials in the environment are no reason to use a bucket that nobody named.
    s3: variables['S3_ENDPOINT'] || variables['S3_BUCKET'] ? { endpoint: awsEndpoint(store.region), ...store } : null,
    bucket: environment.S3_BUCKET,
    prefix: environment.S3_PREFIX,
    stateDir: resolve(environment.VEILLE_STATE_DIR),
    python: pythonOf(environment),
    hasWandbKey: environment.WANDB_API_KEY !== undefined,
    hub: hubOf(environment),
    cacheBytes: cacheBytesOf(environment),
    // Workers of `veille dev` that was started here would have the same.
    roots: rootsOf(environment, [process.cwd()]),
    buckets: bucketsOf(environment),
    buildId: () => buildOf(environment),
    codeSources,
    trustedKeys: () => trustedKeys(environment),
    recallUnsigned: environment.VEILLE_RECALL_UNSIGNED,
    environment: variables,
  });
}

function parsed(variables: NodeJS.ProcessEnv): Environment {
  try {
    return parseEnvironment(variables);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function trustedKeys(environment: Environment): readonly KeyObject[] {
  try {
    return trustedKeysOf(environment);
  } catch (cause) {
    if (cause instanceof KeyError) throw new UsageError(`${cause.message}.`, { cause });
    throw cause;
  }
}

/** The service of Temporal's own variables and profile files; null when they name none. */
function temporalService({ TEMPORAL_UI_URL }: Environment): TemporalOptions | null {
  const profile = loadClientConfigProfile();
  if (profile.address === undefined) return null;
  const { connectionOptions, namespace = 'default' } = toClientOptions(profile);
  const { address = profile.address, tls, apiKey, metadata } = connectionOptions;
  return {
    address,
    namespace,
    uiUrl: TEMPORAL_UI_URL ?? null,
    connection: {
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    },
  };
}

function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com`;
}

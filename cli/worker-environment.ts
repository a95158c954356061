/** The environment of a worker that `veille` starts: the user's, with the local servers' addresses over it. */
import { delimiter, join, resolve } from 'node:path';
import type { S3Access } from './stack/s3-access.ts';
import type { TemporalAddress } from './stack/stack.ts';

export interface LocalServers {
  /** Null where the user's environment says which Temporal to use. */
  readonly temporal: TemporalAddress | null;
  /** Null where the user's environment says which store to use. */
  readonly s3: S3Access | null;
  readonly stateDir: string;
  /** Folder that the command was started in: inputs may name files below it, as the user does. */
  readonly startedIn: string;
  /**
   * The build that all of them are of for as long as they are supervised: one that died and comes up again with code
   * that was edited meanwhile would else wait for tasks of its own build, and the other for ever for it.
   */
  readonly buildId: string;
  /** The local stack's private key; null: its store is the user's own, and so are the keys. */
  readonly signingKey: string | null;
}

export function workerEnvironment(
  user: NodeJS.ProcessEnv,
  { temporal, s3, stateDir, startedIn, buildId, signingKey }: LocalServers,
): NodeJS.ProcessEnv {
  // Their own folder is one in any case: a reproduction's sources are there.
  const roots = (named: string | undefined): string => [named || resolve(startedIn), resolve(stateDir)].join(delimiter);
  return {
    ...(temporal === null ? user : without(user, /^TEMPORAL_/)),
    ...(temporal === null ? {} : temporalVariables(temporal, stateDir)),
    ...(s3 === null ? {} : s3Variables(s3)),
    VEILLE_STATE_DIR: resolve(stateDir),
    VEILLE_DATA_ROOTS: roots(user['VEILLE_DATA_ROOTS']),
    VEILLE_MODEL_ROOTS: roots(user['VEILLE_MODEL_ROOTS']),
    VEILLE_BUILD_ID: buildId,
    // On a server of its own nothing else runs, and an older checkout is started on purpose.
    ...(temporal === null ? {} : { VEILLE_DEPLOY: 'always' }),
    ...(signingKey === null || signsAlready(user) ? {} : { VEILLE_SIGNING_KEY_FILE: resolve(signingKey) }),
  };
}

/** An API key or certificate for another server would keep a worker from the local one, and so would a profile file. */
function temporalVariables({ address, uiUrl }: TemporalAddress, stateDir: string): NodeJS.ProcessEnv {
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    ...(uiUrl === null ? {} : { TEMPORAL_UI_URL: uiUrl }),
    // No such file is no profile; Temporal's envconfig 1.24 fails on an empty one.
    TEMPORAL_CONFIG_FILE: join(stateDir, 'no-profiles.toml'),
  };
}

function s3Variables({ endpoint, bucket, region, accessKeyId, secretAccessKey }: S3Access): NodeJS.ProcessEnv {
  return {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    // They belong to another key pair.
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
  };
}

function signsAlready(user: NodeJS.ProcessEnv): boolean {
  return Boolean(user['VEILLE_SIGNING_KEY'] || user['VEILLE_SIGNING_KEY_FILE']);
}

function without(environment: NodeJS.ProcessEnv, names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.test(name)));
}

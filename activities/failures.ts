/** From errors of the adapters to the closed list of failure types, each retryable or not. */
import { hostname } from 'node:os';
import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { FaissError } from '../native/faiss/index.ts';
import { ArtifactLostError } from '../adapters/artifacts/artifact-lost.ts';
import { ChampionError } from '../adapters/champion/champion-error.ts';
import { FencedError, TrainingHeldError } from '../adapters/checkpoints/training-claim.ts';
import { MissingEmbeddingsError } from '../adapters/embedding-cache/missing-embeddings.ts';
import { EncoderError } from '../adapters/encoder/encoder-error.ts';
import { HubUnavailableError } from '../adapters/hub/hub-error.ts';
import { UnsafePathError } from '../adapters/files/below.ts';
import { ObjectTooLargeError } from '../adapters/object-store/too-large.ts';
import {
  StoredBytesDamagedError,
  StoreRefusedError,
  StoreUnavailableError,
} from '../adapters/object-store/store-error.ts';
import { CondemnedError } from '../adapters/retention/retention-error.ts';
import { RowsError } from '../adapters/rows/rows-error.ts';
import { SourceError } from '../adapters/sources/source-error.ts';
import {
  CORRUPT_ARTIFACT,
  ENVIRONMENT_BROKEN,
  FENCED,
  INTERNAL,
  INVALID_DATA,
  INVALID_INPUT,
  SOURCE_CHANGED,
  SOURCE_NOT_FOUND,
  TRAINED_ELSEWHERE,
  UNAVAILABLE,
  UNFIT_RETRY_MS,
  UNFIT_WORKER,
} from '../contracts/failures.ts';
import { InputError } from '../contracts/parse-input.ts';
import { boundFailure } from './bounded-failure.ts';
import { countUnknownFault } from './heartbeat.ts';
import { UnfitWorkerError } from './training-arithmetic.ts';
import { LEASE_MS } from './training-lease.ts';

/** Faults of unknown kind after which an activity's failure is taken for a bug rather than for bad luck. */
const UNKNOWN_FAULTS = 5;

const SOURCE_FAILURES = { 'not-found': SOURCE_NOT_FOUND, changed: SOURCE_CHANGED, invalid: INVALID_DATA } as const;

/** The failure that Temporal is to see for an error thrown by an activity: of the closed list, and of bounded size. */
export function toFailure(error: unknown): unknown {
  if (error instanceof CancelledFailure) return error;
  return boundFailure(listedFailure(error instanceof Error ? error : new Error(String(error))));
}

function listedFailure(error: Error): Error {
  if (error instanceof ApplicationFailure) return error;
  const { message } = error;
  const final = (type: string, ...details: unknown[]) =>
    ApplicationFailure.create({ message, type, nonRetryable: true, details, cause: error });
  if (error instanceof InputError) return final(INVALID_INPUT, error.fields);
  if (error instanceof SourceError) return final(SOURCE_FAILURES[error.code]);
  if (error instanceof RowsError || error instanceof ObjectTooLargeError || error instanceof UnsafePathError)
    return final(INVALID_DATA);
  if (error instanceof ArtifactLostError) return final(CORRUPT_ARTIFACT, error.ref);
  if (error instanceof StoredBytesDamagedError)
    return final(CORRUPT_ARTIFACT, { key: error.key, sha256: '', bytes: 0 });
  if (error instanceof MissingEmbeddingsError)
    return final(CORRUPT_ARTIFACT, { key: error.prefix, sha256: '', bytes: 0 });
  if (error instanceof FaissError && error.code === 'invalid-factory') return final(INVALID_INPUT, ['index.factory']);
  if (error instanceof EncoderError && error.code === 'cuda-unavailable') return final(ENVIRONMENT_BROKEN);
  if (error instanceof ChampionError) return final(ENVIRONMENT_BROKEN);
  if (error instanceof FencedError) return ApplicationFailure.create({ message, type: FENCED, cause: error });
  if (error instanceof UnfitWorkerError)
    return ApplicationFailure.create({ message, type: UNFIT_WORKER, cause: error, nextRetryDelay: UNFIT_RETRY_MS });
  if (error instanceof TrainingHeldError)
    return ApplicationFailure.create({
      message,
      type: TRAINED_ELSEWHERE,
      cause: error,
      details: [error.holder.run],
      nextRetryDelay: LEASE_MS,
    });
  if (error instanceof StoreUnavailableError || error instanceof CondemnedError)
    return ApplicationFailure.create({ message, type: UNAVAILABLE, cause: error });
  if (error instanceof HubUnavailableError)
    return ApplicationFailure.create({
      message,
      type: UNAVAILABLE,
      cause: error,
      ...(error.retryAfter === null ? {} : { nextRetryDelay: error.retryAfter }),
    });
  const isFull = isFullDisk(error);
  const told = isFull
    ? new Error(`The disk of worker ${hostname()} is full (${message}): free some space`, { cause: error })
    : error;
  if (countUnknownFault() < UNKNOWN_FAULTS) return told;
  // What an operator may have mended by the next attempt, or whoever else uses the device.
  const isElsewhere =
    isFull || error instanceof StoreRefusedError || (error instanceof EncoderError && error.code === 'out-of-memory');
  const type = isElsewhere ? ENVIRONMENT_BROKEN : INTERNAL;
  return ApplicationFailure.create({ message: told.message, type, nonRetryable: true, cause: error });
}

/** Of the disk itself, or of a user's share of it. */
function isFullDisk(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** Tells a server that does not answer from other errors of Temporal's client. */
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** gRPC status codes of a server that is down, restarting or too slow. */
const NO_ANSWER: readonly number[] = [4 /* DEADLINE_EXCEEDED */, 14 /* UNAVAILABLE */];

/** Whether an error of the client means that the server did not answer, and may later. */
export function isNoAnswer(error: unknown): boolean {
  const root = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(root) && NO_ANSWER.includes(root.code);
}

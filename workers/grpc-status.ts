/** What the Temporal server's refusals mean, by gRPC's status codes. */
import { isGrpcServiceError } from '@temporalio/client';

export const GRPC_STATUS = { notFound: 5, permissionDenied: 7, unimplemented: 12 } as const;

/** The status code of an error of a Temporal connection; null where it is another kind of error. */
export function statusOf(error: unknown): number | null {
  return grpcError(error)?.code ?? null;
}

/** What the server said, for a log or a message. */
export function reasonOf(error: unknown): string {
  const refusal = grpcError(error);
  // A worker's connection puts it into the message, a client's into the details.
  if (refusal) return refusal.details || refusal.message;
  return error instanceof Error ? error.message : String(error);
}

/** A worker's connection throws it as it is, a client wraps it. */
function grpcError(error: unknown): (Error & { readonly code: number; readonly details: string }) | null {
  if (isGrpcServiceError(error)) return error;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : null;
}

/** Failures that workflows make, and those that reach them wrapped in activity and child workflow failures. */
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { CORRUPT_ARTIFACT } from '../contracts/failures.ts';

/** The application failure at the bottom of the chain, if there is one. */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return applicationFailure(error.cause);
  return null;
}

/** The object that a reader found missing or damaged, if that is what failed. */
export function damagedArtifact(error: unknown): ArtifactRef | null {
  const failure = applicationFailure(error);
  if (failure?.type !== CORRUPT_ARTIFACT) return null;
  return (failure.details?.[0] as ArtifactRef | undefined) ?? null;
}

/** A failure that no retry mends, without the stack trace of workflow code: the message says what to do. */
export function refusal(type: string, message: string, cause?: Error): ApplicationFailure {
  const failure = ApplicationFailure.create({ type, message, nonRetryable: true, ...(cause && { cause }) });
  failure.stack = '';
  return failure;
}

/** Reads failures that arrive wrapped in activity and child workflow failures. */
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

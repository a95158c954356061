/** The record of a run out of its bytes, and what is wrong with bytes that are none. */
import { z } from 'zod';
import { runRecord, type RunRecord } from '../../contracts/run-record.ts';

/**
 * @param bytes record.json as `writeRecord` wrote it
 * @throws {SyntaxError} when it is no JSON
 * @throws {z.ZodError} when a part is missing or of another form
 */
export function parseRunRecord(bytes: Uint8Array): RunRecord {
  return runRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/** Why {@link parseRunRecord} threw, on one line. */
export function unreadableReason(cause: unknown): string {
  const [issue] = cause instanceof z.ZodError ? cause.issues : [];
  if (issue) return `${issue.path.map(String).join('.')}: ${issue.message}`;
  return cause instanceof Error ? cause.message : String(cause);
}

/** Address of a schedule's page in the Temporal UI. */
import type { TemporalAccess } from '../context.ts';

/** Null where no UI is known. */
export function scheduleUrl({ uiUrl, namespace }: TemporalAccess, id: string): string | null {
  if (uiUrl === null) return null;
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/schedules/${encodeURIComponent(id)}`;
}

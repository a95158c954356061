/** Which runs have a record in the bucket, and what stands beside it: by one listing, without reading an object. */
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { RUN_FILES } from '../../contracts/run-record.ts';
import { parseTagKey } from '../../contracts/tags.ts';

export interface ListedRun {
  /** `runs/<workflow id>/<run id>/` */
  readonly folder: string;
  readonly attested: boolean;
  /** Names, in order. */
  readonly tags: readonly string[];
}

const FILE = /^(?<folder>runs\/[^/]+\/[^/]+\/)(?<name>[^/]+)$/;

/**
 * @param workflowPrefix beginning of the workflow IDs; empty for all
 * @returns in the order of their folders
 */
export async function listRuns(store: ObjectStore, workflowPrefix = ''): Promise<ListedRun[]> {
  const recorded = new Set<string>();
  const attested = new Set<string>();
  const tags = new Map<string, string[]>();
  for await (const { key } of store.list(`runs/${encodeURIComponent(workflowPrefix)}`)) {
    const { folder = '', name } = FILE.exec(key)?.groups ?? {};
    if (name === RUN_FILES.record) recorded.add(folder);
    if (name === RUN_FILES.attestation) attested.add(folder);
    const tag = parseTagKey(key);
    if (tag) tags.set(tag.folder, [...(tags.get(tag.folder) ?? []), tag.name]);
  }
  return Array.from(recorded, (folder) => ({
    folder,
    attested: attested.has(folder),
    tags: tags.get(folder) ?? [],
  }));
}

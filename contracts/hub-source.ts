/**
 * Repositories of the Hugging Face hub as sources: `hf://datasets/OWNER/NAME@REVISION/PATH` and `hf://OWNER/NAME@REVISION`,
 * the form that `huggingface_hub`'s file system has given them.
 *
 * Free of zod and of Node, since workflow code imports the values.
 */

import { relativePathFault } from './relative-path.ts';

const SCHEME = 'hf://';
const DATASETS = 'datasets/';
/** What the hub allows in the names of owners and repositories. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;
const COMMIT = /^[0-9a-f]{40}$/;

export interface HubSource {
  readonly kind: 'dataset' | 'model';
  /** OWNER/NAME, or NAME alone for the few old repositories that have no owner. */
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Path in the repository; null: the source names none. */
  readonly path: string | null;
}

export function isHubSource(source: string): boolean {
  return source.startsWith(SCHEME);
}

/** True for a revision that can't move. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/**
 * A slash in a revision is written as %2F, as in `refs%2Fpr%2F3`.
 *
 * @returns null where it is no such source
 */
export function parseHubSource(source: string): HubSource | null {
  if (!isHubSource(source)) return null;
  const address = source.slice(SCHEME.length);
  const kind = address.startsWith(DATASETS) ? 'dataset' : 'model';
  const [, name, revision, path] =
    /^([^/@]+(?:\/[^/@]+)?)(?:@([^/@]+))?(?:\/([^@]+))?$/.exec(
      kind === 'dataset' ? address.slice(DATASETS.length) : address,
    ) ?? [];
  if (name === undefined || !name.split('/').every((part) => NAME.test(part))) return null;
  const decoded = decode(revision ?? 'main');
  // Both are joined to folders of the cache.
  if (decoded === null || [decoded, path ?? 'none'].some((joined) => relativePathFault(joined) !== null)) return null;
  return { kind, name, revision: decoded, path: path ?? null };
}

/** The same source at a commit: what it was, whatever becomes of its branch. Other sources stay as they are. */
export function pinnedSource(source: string, origin: { readonly commit: string } | null | undefined): string {
  const parsed = origin ? parseHubSource(source) : null;
  if (!origin || !parsed) return source;
  const { kind, name, path } = parsed;
  return `${SCHEME}${repositoryOf({ kind, name })}@${origin.commit}${path === null ? '' : `/${path}`}`;
}

/** Name with the kind where that is not a model: `datasets/OWNER/NAME` or `OWNER/NAME`, as in the hub's addresses. */
export function repositoryOf({ kind, name }: Pick<HubSource, 'kind' | 'name'>): string {
  return kind === 'dataset' ? `${DATASETS}${name}` : name;
}

function decode(revision: string): string | null {
  try {
    return decodeURIComponent(revision);
  } catch {
    return null;
  }
}

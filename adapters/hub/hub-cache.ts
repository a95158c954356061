/**
 * The folder in which files of the hub are kept, laid out as `huggingface_hub` does it, which shares it:
 * `blobs/ETAG` with the bytes, `snapshots/COMMIT/PATH` as links to them, `refs/REVISION` with a commit
 * (https://huggingface.co/docs/huggingface_hub/guides/manage-cache). Beside it `listings/COMMIT.json` is ours.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { z } from 'zod';
import { relativePath, sha256Hex } from '../../contracts/artifact.ts';
import { relativePathFault } from '../../contracts/relative-path.ts';
import { filesBelow } from '../artifacts/local-files.ts';
import { placeBelow } from '../files/below.ts';

const hubFile = z.strictObject({
  path: relativePath,
  bytes: z.number().int().nonnegative(),
  /** SHA-1 of the git blob. */
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  /** Of a large file, which git keeps elsewhere (LFS); null for one that is in git itself. */
  sha256: sha256Hex.nullable(),
});
export type HubFile = z.infer<typeof hubFile>;

export const listing = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** As the repository's card says it; null where it says none. */
  license: z.string().nullable(),
  files: z.array(hubFile),
});
/** What a repository has at a commit. */
export type Listing = z.infer<typeof listing>;

/** Name under which the hub, and so the cache, knows a file's bytes. */
export function etagOf({ sha256, oid }: Pick<HubFile, 'sha256' | 'oid'>): string {
  return sha256 ?? oid;
}

/** One repository's part of the cache. */
export class RepositoryCache {
  readonly #folder: string;

  /** @param cache the whole cache, as `HF_HUB_CACHE` names it */
  constructor(cache: string, repository: { readonly kind: 'dataset' | 'model'; readonly name: string }) {
    this.#folder = join(cache, getRepoFolderName({ type: repository.kind, name: repository.name }));
  }

  /** The commit that a revision was when the hub was last asked; null: it never was. */
  async commitOf(revision: string): Promise<string | null> {
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => null);
    return text?.trim() || null;
  }

  async keepRef(revision: string, commit: string): Promise<void> {
    await writeWhole(this.#ref(revision), commit);
  }

  /** What the hub said that a commit has; else, offline, what somebody has laid out of it. Null: nothing. */
  async listingOf(commit: string, mayBePartial: boolean): Promise<Listing | null> {
    const text = await readFile(this.#listing(commit), 'utf8').catch(() => null);
    const parsed = text === null ? null : listing.safeParse(JSON.parse(text));
    if (parsed?.success) return parsed.data;
    return mayBePartial ? this.#snapshotListing(commit) : null;
  }

  async keepListing(kept: Listing): Promise<void> {
    await writeWhole(this.#listing(kept.commit), JSON.stringify(kept));
  }

  /** Where a file's bytes are once they are whole. */
  blob(file: Pick<HubFile, 'sha256' | 'oid'>): string {
    return join(this.#folder, 'blobs', etagOf(file));
  }

  /** Gives a blob its path in the snapshot of a commit; returns that path. */
  async link(commit: string, file: HubFile): Promise<string> {
    const path = await placeBelow(join(this.#folder, 'snapshots', commit), file.path);
    const target = relative(dirname(path), this.blob(file));
    if ((await readlink(path).catch(() => null)) === target) return path;
    const draft = `${path}.${randomUUID()}`;
    await symlink(target, draft);
    await rename(draft, path);
    return path;
  }

  /** A link's target is named by the digest, so a snapshot that Python has made says as much as a listing does. */
  async #snapshotListing(commit: string): Promise<Listing | null> {
    const folder = join(this.#folder, 'snapshots', commit);
    const paths = await filesBelow(folder).catch(() => null);
    if (paths === null) return null;
    const safe = paths.filter((path) => relativePathFault(path) === null);
    const files = await Promise.all(safe.map(async (path) => fileOf(path, join(folder, path))));
    return { commit, license: null, files: files.filter((file) => file !== null) };
  }

  #ref(revision: string): string {
    return join(this.#folder, 'refs', revision);
  }

  #listing(commit: string): string {
    return join(this.#folder, 'listings', `${commit}.json`);
  }
}

/** Null for a file that is not a link to a blob: nothing says which bytes it should have. */
async function fileOf(path: string, link: string): Promise<HubFile | null> {
  const etag = basename(await readlink(link).catch(() => ''));
  const isLarge = /^[0-9a-f]{64}$/.test(etag);
  if (!isLarge && !/^[0-9a-f]{40}$/.test(etag)) return null;
  const { size: bytes } = await stat(link);
  return isLarge ? { path, bytes, oid: '0'.repeat(40), sha256: etag } : { path, bytes, oid: etag, sha256: null };
}

/** A reader sees the old content or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

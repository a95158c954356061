/** Content-addressed objects: written once under their digest, checked by it whenever they are read. */
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import type { ArtifactRef, FileSet } from '../../contracts/artifact.ts';
import { digestOf, sha256 } from '../../core/canonical.ts';
import { sha256OfFile, sha256OfStream } from '../object-store/file-digest.ts';
import type { ObjectBody, ObjectHead, ObjectStore } from '../object-store/object-store.ts';
import { refuseTooLarge } from '../object-store/too-large.ts';
import { CollectionWatch } from '../retention/collection-watch.ts';
import { ArtifactLostError } from './artifact-lost.ts';
import { download } from './download.ts';
import { exists, filesBelow } from './local-files.ts';

/** Files moved at the same time: enough to hide latency, few enough for a laptop's disk. */
const CONCURRENCY = 4;

/** Key of the object with these bytes. */
export function artifactKey(digest: string): string {
  return `artifacts/sha256/${digest.slice(0, 2)}/${digest}`;
}

/** Where an object with these bytes is stored. */
export function artifactRefOf(digest: string, bytes: number): ArtifactRef {
  return { key: artifactKey(digest), sha256: digest, bytes };
}

/** Takes in files whose digests are known. */
export type KnownArtifacts = Pick<ArtifactStore, 'putKnown' | 'putKnownFolder'>;

/** A folder of files by their references, in the order of their paths. */
export function fileSetOf(files: FileSet['files']): FileSet {
  return {
    digest: digestOf(files.map(({ path, sha256: digest, bytes }) => ({ path, sha256: digest, bytes }))),
    files,
  };
}

export class ArtifactStore {
  readonly objects: ObjectStore;
  /** Asked before anything that is found here is relied on. */
  readonly collections: CollectionWatch;
  readonly #cache: string;

  /** @param cache folder for downloaded files, shared by processes of this machine */
  constructor(objects: ObjectStore, cache: string, collections = new CollectionWatch(objects)) {
    this.objects = objects;
    this.collections = collections;
    this.#cache = cache;
  }

  /**
   * Stores bytes; storing the same bytes again is no work, unless they are so old that they have to be touched.
   *
   * @throws CondemnedError when a garbage collection is about to remove them
   */
  async putBytes(bytes: Uint8Array): Promise<ArtifactRef> {
    return this.#put(async () => bytes, sha256(bytes), bytes.length);
  }

  /** The same for a file, by streaming it. */
  async putFile(path: string): Promise<ArtifactRef> {
    return this.putKnown({ sha256: await sha256OfFile(path), bytes: (await stat(path)).size }, async () => path);
  }

  /**
   * The same for a file whose digest is known: one that the store has need not be on this machine.
   *
   * @param local brings it here; called only where it is needed
   */
  async putKnown(
    { sha256: digest, bytes }: Pick<ArtifactRef, 'sha256' | 'bytes'>,
    local: () => Promise<string>,
  ): Promise<ArtifactRef> {
    return this.#put(async () => ({ file: await local() }), digest, bytes);
  }

  /** Stores every file below a folder. */
  async putFolder(folder: string): Promise<FileSet> {
    const paths = await filesBelow(folder);
    return this.#putAll(paths, (path) => this.putFile(join(folder, path)));
  }

  /** The same for files whose digests are known. */
  async putKnownFolder(
    known: readonly (Pick<ArtifactRef, 'sha256' | 'bytes'> & { readonly path: string; fetch(): Promise<string> })[],
  ): Promise<FileSet> {
    const byPath = new Map(known.map((file) => [file.path, file]));
    return this.#putAll([...byPath.keys()].sort(), async (path) => {
      const file = byPath.get(path)!;
      return this.putKnown(file, () => file.fetch());
    });
  }

  /**
   * The object's bytes, checked.
   *
   * @throws ArtifactLostError when it is missing or its digest differs.
   */
  async getBytes(ref: ArtifactRef): Promise<Uint8Array> {
    const found = await this.objects.get(ref.key);
    if (!found) throw new ArtifactLostError(ref, 'missing');
    const digest = sha256(found.body);
    if (digest !== ref.sha256) throw new ArtifactLostError(ref, 'corrupt', digest);
    return found.body;
  }

  /**
   * A local file with the object's bytes, downloaded unless this machine has it; not to be written to.
   * A file found in the cache is hashed again: disks err, and what is loaded as code or weights must be what it was.
   *
   * @throws ArtifactLostError when the object is missing or its digest differs.
   */
  async getFile(ref: ArtifactRef): Promise<string> {
    const path = join(this.#cache, ref.sha256.slice(0, 2), ref.sha256);
    if (!(await exists(path)) || (await sha256OfFile(path)) !== ref.sha256) await download(this.objects, ref, path);
    return path;
  }

  /** Lays the files of a set into `folder` as hard links to the local cache. */
  async getFolder(set: FileSet, folder: string): Promise<void> {
    await pMap(
      set.files,
      async ({ path, ...ref }) => {
        const target = join(folder, path);
        await mkdir(dirname(target), { recursive: true });
        await rm(target, { force: true });
        await link(await this.getFile(ref), target);
      },
      { concurrency: CONCURRENCY },
    );
  }

  /**
   * Asks the store, without reading the object, whether it still holds what the reference names.
   * Servers keep the SHA-256 of the upload; one that does not is trusted on size, and readers hash anyway.
   */
  async check(ref: ArtifactRef): Promise<'ok' | 'missing' | 'corrupt'> {
    const head = await this.objects.head(ref.key);
    if (!head) return 'missing';
    return isWhole(head, ref) ? 'ok' : 'corrupt';
  }

  /** Deletes an object if, read to the end, its bytes are not what the reference says. */
  async dropIfCorrupt(ref: ArtifactRef): Promise<boolean> {
    const stream = await this.objects.getStream(ref.key);
    if (!stream || (await sha256OfStream(stream)) === ref.sha256) return false;
    await this.objects.delete([ref.key]);
    return true;
  }

  async #putAll(paths: readonly string[], put: (path: string) => Promise<ArtifactRef>): Promise<FileSet> {
    const files = await pMap(paths, async (path) => ({ path, ...(await put(path)) }), { concurrency: CONCURRENCY });
    return fileSetOf(files);
  }

  async #put(body: () => Promise<ObjectBody>, digest: string, bytes: number): Promise<ArtifactRef> {
    const ref = artifactRefOf(digest, bytes);
    // Before it is fetched from far away.
    refuseTooLarge(ref.key, bytes);
    for (;;) {
      const head = await this.objects.head(ref.key);
      const stands = head && isWhole(head, ref) && !this.collections.needsTouch(head.modified);
      if (!stands && !(await this.#write(ref.key, await body(), head))) continue;
      await this.collections.refuse([ref.key]);
      const state = await this.check(ref);
      if (state === 'ok') return ref;
      // All who write under this key write the same bytes: these were others.
      if (state === 'corrupt' && !stands) throw new Error(`The bytes of ${digest} changed while they were stored`);
    }
  }

  async #write(key: string, body: ObjectBody, before: ObjectHead | null): Promise<boolean> {
    return before ? this.objects.putIfMatch(key, body, before.etag) : this.objects.putIfAbsent(key, body);
  }
}

/** As far as the store knows. */
function isWhole(head: ObjectHead, { sha256: digest, bytes }: ArtifactRef): boolean {
  return head.bytes === bytes && (head.sha256 ?? digest) === digest;
}

/** Content-addressed objects: written once under their digest, checked by it whenever they are read. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactKey, type ArtifactRef, type FileSet } from '../../contracts/artifact.ts';
import { relativePathFault } from '../../contracts/relative-path.ts';
import { digestOf, sha256 } from '../../core/canonical.ts';
import { placeBelow, refuseUnsafePaths } from '../files/below.ts';
import { sha256OfFile, sha256OfStream } from '../object-store/file-digest.ts';
import type { ObjectBody, ObjectHead, ObjectStore } from '../object-store/object-store.ts';
import { StoredBytesDamagedError } from '../object-store/store-error.ts';
import { refuseTooLarge } from '../object-store/too-large.ts';
import { untilSettled } from '../object-store/until-settled.ts';
import { mapParallel } from '../requests/map-parallel.ts';
import { CollectionWatch } from '../retention/collection-watch.ts';
import { ArtifactLostError } from './artifact-lost.ts';
import { download } from './download.ts';
import { LocalCache } from './local-cache.ts';
import { filesBelow } from './local-files.ts';

/** Files moved at the same time: enough to hide latency, few enough for a laptop's disk. */
const CONCURRENCY = 4;

/** Keys of what is made again by computing. */
const COMPUTED = /^(artifacts|steps|embeddings|checkpoints)\//;

/** Versions that are remembered as read: some megabytes of keys. */
const HASHED_VERSIONS = 20_000;

/** Where an object with these bytes is stored. */
export function artifactRefOf(digest: string, bytes: number): ArtifactRef {
  return { key: artifactKey(digest), sha256: digest, bytes };
}

/** Takes in files whose digests are known. */
export type KnownArtifacts = Pick<ArtifactStore, 'putKnown' | 'putKnownFolder'>;

/**
 * A folder of files by their references, in the order of their paths.
 *
 * @throws UnsafePathError when a path can't be a file everywhere: whoever reads the set would refuse it
 */
export function fileSetOf(files: FileSet['files']): FileSet {
  refuseUnsafePaths(files.map(({ path }) => path));
  return {
    digest: digestOf(files.map(({ path, sha256: digest, bytes }) => ({ path, sha256: digest, bytes }))),
    files,
  };
}

export class ArtifactStore {
  readonly objects: ObjectStore;
  /** Asked before anything that is found here is relied on. */
  readonly collections: CollectionWatch;
  readonly #cache: LocalCache;
  /** Versions of objects without a digest in their heads that were read and found right: key and ETag. */
  readonly #hashed = new Set<string>();

  /** @param cache downloaded files, or a folder for them without a bound */
  constructor(objects: ObjectStore, cache: LocalCache | string, collections = new CollectionWatch(objects)) {
    this.objects = objects;
    this.collections = collections;
    this.#cache = typeof cache === 'string' ? new LocalCache(cache) : cache;
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
    const found = await this.objects.get(ref.key).catch((error: unknown) => {
      throw error instanceof StoredBytesDamagedError ? new ArtifactLostError(ref, 'corrupt', error.found) : error;
    });
    if (!found) throw new ArtifactLostError(ref, 'missing');
    const digest = sha256(found.body);
    if (digest !== ref.sha256) throw new ArtifactLostError(ref, 'corrupt', digest);
    return found.body;
  }

  /**
   * Runs `work` with a local file of the object's bytes, downloaded unless this machine has it; not to be written to, and
   * gone from that path afterwards.
   *
   * @throws ArtifactLostError when the object is missing or its digest differs.
   */
  async withFile<R>(ref: ArtifactRef, work: (path: string) => Promise<R>): Promise<R> {
    return this.#cache.withFile(ref, (path) => download(this.objects, ref, path, 'r+'), work);
  }

  /**
   * Lays such a file into `folder`, as a hard link to the local cache; what stands there is replaced.
   *
   * @param path relative, below the folder
   * @returns its path
   * @throws ArtifactLostError when the object is missing or its digest differs.
   * @throws UnsafePathError when the path would lead out of the folder, or through a link
   */
  async getFile(ref: ArtifactRef, folder: string, path: string): Promise<string> {
    const target = await placeBelow(folder, path);
    await rm(target, { force: true });
    await this.#cache.link(ref, target, (partial) => download(this.objects, ref, partial, 'r+'));
    return target;
  }

  /** Lays all files of a set into `folder`. */
  async getFolder({ files }: FileSet, folder: string): Promise<void> {
    refuseUnsafePaths(files.map(({ path }) => path));
    await mapParallel(files, ({ path, ...ref }) => this.getFile(ref, folder, path), { concurrency: CONCURRENCY });
  }

  /**
   * Asks the store whether it still holds what the reference names. Servers keep the SHA-256 of our uploads, so the object
   * is not read; one without, which another tool may have written, is read and hashed once.
   */
  async check(ref: ArtifactRef): Promise<'ok' | 'missing' | 'corrupt'> {
    const head = await this.objects.head(ref.key);
    if (!head) return 'missing';
    return (await this.#isWhole(head, ref)) ? 'ok' : 'corrupt';
  }

  /**
   * Deletes an object that steps make again if, read to the end, its bytes are not what the reference says. Nothing else
   * is deleted, whatever a reference names: the files of a run are evidence.
   *
   * @param ref with an empty digest where nobody knows it: the object is deleted if the server can't give out what it holds
   */
  async dropIfCorrupt(ref: ArtifactRef): Promise<boolean> {
    if (relativePathFault(ref.key) !== null || !COMPUTED.test(ref.key)) return false;
    if (!(await this.#isDamaged(ref))) return false;
    await this.objects.delete([ref.key]);
    return true;
  }

  async #putAll(paths: readonly string[], put: (path: string) => Promise<ArtifactRef>): Promise<FileSet> {
    const files = await mapParallel(paths, async (path) => ({ path, ...(await put(path)) }), {
      concurrency: CONCURRENCY,
    });
    return fileSetOf(files);
  }

  async #put(body: () => Promise<ObjectBody>, digest: string, bytes: number): Promise<ArtifactRef> {
    const ref = artifactRefOf(digest, bytes);
    // Before it is fetched from far away.
    refuseTooLarge(ref.key, bytes);
    return untilSettled(this.objects.url, `put ${ref.key}`, async () => {
      const head = await this.objects.head(ref.key);
      const stands = head && (await this.#isWhole(head, ref)) && !this.collections.needsTouch(head.modified);
      if (!stands && !(await this.#write(ref.key, await body(), head))) return null;
      await this.collections.refuse([ref.key]);
      const now = await this.objects.head(ref.key);
      // What was written just now need not be read again, even where the server keeps no digest.
      const isWhole = now && (stands ? await this.#isWhole(now, ref) : seemsWhole(now, ref));
      if (isWhole) return ref;
      // All who write under this key write the same bytes: these were others.
      if (now && !stands) throw new Error(`The bytes of ${digest} changed while they were stored`);
      return null;
    });
  }

  async #isWhole(head: ObjectHead, ref: ArtifactRef): Promise<boolean> {
    if (!seemsWhole(head, ref)) return false;
    const version = `${ref.key} ${head.etag}`;
    if (head.sha256 !== null || this.#hashed.has(version)) return true;
    if (await this.#isDamaged(ref)) return false;
    if (this.#hashed.size >= HASHED_VERSIONS) this.#hashed.clear();
    this.#hashed.add(version);
    return true;
  }

  /** Whether the object, read to its end, has other bytes; not where it is missing. */
  async #isDamaged({ key, sha256: digest }: ArtifactRef): Promise<boolean> {
    try {
      const stream = await this.objects.getStream(key);
      if (!stream) return false;
      const found = await sha256OfStream(stream);
      return digest !== '' && found !== digest;
    } catch (error) {
      if (error instanceof StoredBytesDamagedError) return error.found !== digest;
      throw error;
    }
  }

  async #write(key: string, body: ObjectBody, before: ObjectHead | null): Promise<boolean> {
    return before ? this.objects.putIfMatch(key, body, before.etag) : this.objects.putIfAbsent(key, body);
  }
}

/** As far as the server says: size, and SHA-256 where it keeps one. */
function seemsWhole(head: ObjectHead, { sha256: digest, bytes }: ArtifactRef): boolean {
  return head.bytes === bytes && (head.sha256 ?? digest) === digest;
}

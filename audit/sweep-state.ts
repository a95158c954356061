/** What a sweep over a bucket has found to be right so far, in a file: killed anywhere, the next one goes on from there. */
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { ArtifactRef } from '../contracts/artifact.ts';
import { canonicalJson } from '../core/canonical.ts';
import { parseJson } from './parse-json.ts';
import type { VerifiedObjects } from './verify-objects.ts';

/** What must be the same for one sweep to go on with another's findings. */
export interface SweepKind {
  readonly url: string;
  readonly deep: boolean;
  /** IDs of the trusted keys. */
  readonly keys: readonly string[];
  readonly requireSignature: boolean;
  readonly allowUnsigned: boolean;
  /** Fingerprint of the certificate that time stamps are verified with; null: none are. */
  readonly tsa: string | null;
  /** The checks that were asked for; null: all. */
  readonly only: readonly string[] | null;
  /** Digest of the sources that audit: another version may find what this one did not. */
  readonly codeSources: string;
}

/** An object with the bytes that it must have, or a run that is clean, and the ETag with which it was read. */
const line = z.strictObject({ what: z.string(), etag: z.string() });

export class SweepState implements VerifiedObjects {
  readonly #path: string;
  readonly #store: ObjectStore;
  /** ETags by what was found right: by an earlier process, which is asked for again, and by this one. */
  readonly #earlier: ReadonlyMap<string, string>;
  readonly #now = new Set<string>();
  readonly #etags = new Map<string, string>();

  private constructor(path: string, store: ObjectStore, earlier: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#store = store;
    this.#earlier = earlier;
  }

  /**
   * Goes on with the file where it is about a sweep of the same kind, and begins a new one otherwise.
   *
   * @param fresh begin a new one in any case
   */
  static async open(path: string, store: ObjectStore, kind: SweepKind, fresh: boolean): Promise<SweepState> {
    const head = canonicalJson({ schema: 2, ...kind });
    const [first, ...rest] = fresh ? [] : await linesOf(path);
    if (first === head) {
      const read = rest.flatMap((text) => line.safeParse(parseJson(Buffer.from(text))).data ?? []);
      return new SweepState(path, store, new Map(read.map(({ what, etag }) => [what, etag])));
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${head}\n`);
    return new SweepState(path, store, new Map());
  }

  /** Whether the object was read and found right, and is still the same one. */
  async has(ref: ArtifactRef): Promise<boolean> {
    return this.#has(nameOf(ref), ref.key);
  }

  async add(ref: ArtifactRef): Promise<void> {
    await this.#add(nameOf(ref));
  }

  /** Whether the run whose record stands under `key` was found clean, and has the same record still. */
  async hasRun(key: string): Promise<boolean> {
    return this.#has(`run ${key}`, key);
  }

  async addRun(key: string): Promise<void> {
    await this.#add(`run ${key}`);
  }

  /** The sweep has come to its end: the next one looks at everything again. */
  async close(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #has(what: string, key: string): Promise<boolean> {
    if (this.#now.has(what)) return true;
    // Before it is read: an object that is replaced meanwhile has another ETag the next time.
    const etag = (await this.#store.head(key))?.etag;
    if (etag === undefined) return false;
    this.#etags.set(what, etag);
    return this.#earlier.get(what) === etag;
  }

  async #add(what: string): Promise<void> {
    this.#now.add(what);
    const etag = this.#etags.get(what);
    this.#etags.delete(what);
    if (etag !== undefined) await appendFile(this.#path, `${canonicalJson({ what, etag })}\n`);
  }
}

function nameOf({ key, sha256, bytes }: ArtifactRef): string {
  return `${key} ${sha256} ${bytes}`;
}

/** None where there is no file; a last line that was cut off is one that says nothing. */
async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').filter((one) => one !== '');
}

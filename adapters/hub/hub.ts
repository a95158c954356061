/** The Hugging Face hub: a revision becomes a commit, and its files are brought to this machine, each once. */
import {
  datasetInfo,
  fileDownloadInfo,
  listFiles,
  type ListFileEntry,
  modelInfo,
  type RepoDesignation,
} from '@huggingface/hub';
import { type HubSource, isCommit, parseHubSource, repositoryOf } from '../../contracts/hub-source.ts';
import { quoteText } from '../../contracts/quote.ts';
import { mapParallel } from '../requests/map-parallel.ts';
import { SourceError } from '../sources/source-error.ts';
import { isWholeBlob } from './blob-digest.ts';
import { type HubFile, listing, type Listing, RepositoryCache } from './hub-cache.ts';
import { type Asking, hubFetch } from './hub-fetch.ts';
import { resumeDownload } from './resume-download.ts';

/** Files that a mirror's listing does not describe are asked for one by one. */
const CONCURRENCY = 8;

export interface HubOptions {
  /** Address of the hub or of a mirror, without a slash at its end. */
  readonly endpoint: string;
  /** A secret: it goes to the endpoint alone. Null: anonymous. */
  readonly token: string | null;
  /** True: nothing is asked of the network. */
  readonly offline: boolean;
  /** Folder of the cache, which `huggingface_hub` may share. */
  readonly cache: string;
}

/** A source of the input, and the field that names it. */
export interface HubQuestion {
  readonly source: string;
  readonly field: string;
  readonly signal?: AbortSignal | undefined;
}

/** A repository at one commit. */
export interface HubCommit extends Listing, HubQuestion {
  readonly parsed: HubSource;
}

export class Hub {
  readonly #options: HubOptions;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /**
   * What the repository of a source has at the commit that its revision is now. A commit that is known is not asked for
   * again.
   *
   * @throws SourceError (`not-found`), naming the field and what to do
   * @throws HubUnavailableError
   */
  async commit(question: HubQuestion): Promise<HubCommit> {
    const parsed = parseHubSource(question.source);
    if (!parsed)
      throw new SourceError(
        'not-found',
        `${question.field} ${question.source} is no address of the hub: write hf://datasets/OWNER/NAME or hf://OWNER/NAME, ` +
          'with @REVISION behind it where it is not main (a slash in it as %2F)',
      );
    const found = this.#options.offline ? await this.#cached(parsed, question) : await this.#asked(parsed, question);
    return { ...found, ...question, parsed };
  }

  /**
   * Local path of a file's bytes, checked by the digest that the hub has named.
   *
   * @param onBytes is called with the bytes that are there so far
   * @throws SourceError (`not-found`) offline, where the cache lacks it
   * @throws HubUnavailableError
   */
  async file(commit: HubCommit, file: HubFile, onBytes: (bytes: number) => void = () => {}): Promise<string> {
    const cache = this.#cacheOf(commit.parsed);
    const blob = cache.blob(file);
    if (!(await isWholeBlob(blob, file))) await this.#download(commit, file, blob, onBytes);
    return cache.link(commit.commit, file);
  }

  async #asked(parsed: HubSource, question: HubQuestion): Promise<Listing> {
    const cache = this.#cacheOf(parsed);
    if (isCommit(parsed.revision)) {
      const known = await cache.listingOf(parsed.revision, false);
      if (known) return known;
    }
    const { commit, license } = await this.#revision(parsed, question);
    if (commit !== parsed.revision) await cache.keepRef(parsed.revision, commit);
    const known = await cache.listingOf(commit, false);
    if (known) return known;
    const found = this.#checked({ commit, license, files: await this.#files(parsed, question, commit) }, question);
    await cache.keepListing(found);
    return found;
  }

  /** What the hub has answered, as far as its names can be files here. */
  #checked(answer: Listing, { source, field }: HubQuestion): Listing {
    const checked = listing.safeParse(answer);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    const [, index] = issue?.path ?? [];
    const name = typeof index === 'number' ? `"${quoteText(answer.files[index]?.path ?? '')}"` : 'a part';
    throw new SourceError('not-found', `${field} ${source} can't be taken: of its listing, ${name} ${issue?.message}`);
  }

  async #revision(parsed: HubSource, question: HubQuestion): Promise<{ commit: string; license: string | null }> {
    const { name, revision, kind } = parsed;
    const request = { name, revision, ...this.#request(parsed, question) };
    // The library promises fields that mirrors of the hub leave out.
    const info: Partial<Awaited<ReturnType<typeof modelInfo<'sha' | 'tags'>>>> =
      kind === 'dataset'
        ? await datasetInfo({ ...request, additionalFields: ['sha', 'tags'] })
        : await modelInfo({ ...request, additionalFields: ['sha', 'tags'] });
    const license = info.tags?.find((tag) => tag.startsWith('license:'));
    const commit = info.sha ?? (isCommit(revision) ? revision : null);
    if (commit === null)
      throw this.#incomplete(question, `names no commit for ${revision}: write a commit as @REVISION`);
    return { commit, license: license === undefined ? null : license.slice('license:'.length) };
  }

  async #files(parsed: HubSource, question: HubQuestion, commit: string): Promise<HubFile[]> {
    const entries: Partial<ListFileEntry>[] = [];
    const request = { repo: designation(parsed), revision: commit, recursive: true };
    for await (const entry of listFiles({ ...request, ...this.#request(parsed, question) })) entries.push(entry);
    // A mirror may leave out what it takes for a matter of course.
    const found = entries.filter(({ type, path }) => (type ?? 'file') === 'file' && path !== undefined);
    return mapParallel(found, (entry) => this.#described(parsed, question, commit, entry), {
      concurrency: CONCURRENCY,
    });
  }

  /** A listed file with its size and digest, which are asked for where the listing lacks them. */
  async #described(
    parsed: HubSource,
    question: HubQuestion,
    commit: string,
    { path = '', size, oid, lfs }: Partial<ListFileEntry>,
  ): Promise<HubFile> {
    const bytes = lfs?.size ?? size;
    const digest = lfs?.oid ?? oid;
    if (bytes !== undefined && digest) return hubFileOf(path, bytes, lfs?.oid ?? null, oid);
    const request = { repo: designation(parsed), path, revision: commit, ...this.#request(parsed, question) };
    const info = await fileDownloadInfo(request);
    const etag = info?.etag.replace(/^W\/|"/g, '') ?? '';
    if (!info || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag))
      throw this.#incomplete(question, `names no digest of ${quoteText(path)}, so what is fetched can't be checked`);
    return hubFileOf(path, bytes ?? info.size, etag.length === 64 ? etag : null, etag);
  }

  #incomplete({ field, source }: HubQuestion, what: string): SourceError {
    return new SourceError(
      'not-found',
      `${field} ${source} can't be taken: the hub at ${this.#options.endpoint} ${what}. If it is a mirror, ask another one`,
    );
  }

  async #cached(parsed: HubSource, { source, field }: HubQuestion): Promise<Listing> {
    const cache = this.#cacheOf(parsed);
    const commit = isCommit(parsed.revision) ? parsed.revision : await cache.commitOf(parsed.revision);
    const found = commit === null ? null : await cache.listingOf(commit, true);
    if (found) return found;
    throw new SourceError(
      'not-found',
      `${field} ${source} is not in ${this.#options.cache}, and HF_HUB_OFFLINE forbids to fetch it: ` +
        'unset it once, or copy the cache of a machine that has it',
    );
  }

  async #download(commit: HubCommit, file: HubFile, blob: string, onBytes: (bytes: number) => void): Promise<void> {
    const { parsed, source, field, signal } = commit;
    const { endpoint, token, offline, cache } = this.#options;
    const name = `${file.path} of ${field} ${source}`;
    if (offline)
      throw new SourceError(
        'not-found',
        `${name} is not in ${cache}, or not whole, and HF_HUB_OFFLINE forbids to fetch it: unset it once`,
      );
    const request = this.#request(parsed, commit);
    const open = async (offset: number): Promise<Response> => {
      if (offset > 0 && offset >= file.bytes) throw new RangeError(`there are ${file.bytes} bytes`);
      const repo = designation(parsed);
      const info = await fileDownloadInfo({ ...request, repo, path: file.path, revision: commit.commit });
      if (!info) throw new SourceError('not-found', `${name} is no longer there`);
      const headers = { ...(token !== null && { authorization: `Bearer ${token}` }), range: `bytes=${offset}-` };
      return request.fetch(info.url, { headers: { ...headers, 'accept-encoding': 'identity' } });
    };
    const isWhole = (path: string): Promise<boolean> => isWholeBlob(path, file);
    await resumeDownload({ path: blob, open, isWhole, name, endpoint, onBytes, signal });
  }

  #request(parsed: HubSource, question: HubQuestion) {
    const { endpoint, token } = this.#options;
    const { source, field, signal } = question;
    const asking: Asking = { source, field, endpoint, repository: repositoryOf(parsed), hasToken: token !== null };
    return { hubUrl: endpoint, fetch: hubFetch(asking, signal), ...(token !== null && { accessToken: token }) };
  }

  #cacheOf(parsed: HubSource): RepositoryCache {
    return new RepositoryCache(this.#options.cache, parsed);
  }
}

/** @param sha256 of a large file; null: it is in git itself, by its oid */
function hubFileOf(path: string, bytes: number, sha256: string | null, oid: string | undefined): HubFile {
  return { path, bytes, oid: sha256 === null || oid?.length === 40 ? (oid ?? '') : '0'.repeat(40), sha256 };
}

function designation({ kind, name }: HubSource): RepoDesignation {
  return { type: kind, name };
}

/**
 * The champion in the store: `models/champion.json`, with every move that led to it.
 *
 * It moves by If-Match only, the first time by If-None-Match: of two that move it at the same time one does, and the
 * other one sees whose model is there.
 */
import { z } from 'zod';
import { type Candidate, type ChampionEntry, championFile, type ChampionFile } from '../../contracts/champion.ts';
import type { ArtifactRef, Provenance } from '../../contracts/artifact.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { StoredBytesDamagedError } from '../object-store/store-error.ts';
import { ChampionError } from './champion-error.ts';
import { promotionBefore, promotionToRestore } from './champion-history.ts';

/** Where the champion is, with all of its moves. */
export const CHAMPION_KEY = 'models/champion.json';

/** Moves that a rollback to a named revision may lose before it gives up. */
const ROLLBACK_ATTEMPTS = 5;

/** A promotion: of the model that was measured against the expected revision. */
export interface Promotion extends ChampionMove {
  /** Null: there was no champion. */
  readonly expected: number | null;
  /** The record of the candidate's run; left out where it is written afterwards. */
  readonly record?: ArtifactRef | undefined;
}

/** Who moves the champion, why and when. */
export interface ChampionMove {
  readonly by: string;
  readonly note: string | null;
  readonly at: Date;
}

interface Stored {
  readonly file: ChampionFile;
  readonly etag: string;
}

/** All methods throw ChampionError `unreadable`, and what the object store throws. */
export class ChampionStore {
  readonly #objects: ObjectStore;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** All moves, newest first; null before the first one. */
  async read(): Promise<ChampionFile | null> {
    return (await this.#load())?.file ?? null;
  }

  /**
   * Makes a candidate the champion if the newest revision is still the expected one. A run promotes once: asked again,
   * e.g. since the answer was lost, it gets the entry that it has made.
   *
   * @returns null when another revision than the expected one is the newest
   */
  async promote(candidate: Candidate, { expected, record, ...move }: Promotion): Promise<ChampionEntry | null> {
    const stored = await this.#load();
    const promoted = stored?.file.entries.find((entry) => isPromotionBy(entry, candidate.run));
    if (promoted) return promoted;
    if ((newestOf(stored)?.revision ?? null) !== expected) return null;
    const entry = entryAfter(stored, candidate, null, move);
    const entries = await this.#append(stored, record ? { ...entry, record } : entry);
    return entries.find((standing) => isPromotionBy(standing, candidate.run)) ?? null;
  }

  /** The promotion that a run has made; null where it has made none. */
  async promotionBy(run: Provenance): Promise<ChampionEntry | null> {
    return (await this.read())?.entries.find((entry) => isPromotionBy(entry, run)) ?? null;
  }

  /**
   * Brings back an earlier model by a new entry; none is ever removed.
   *
   * @param move.to revision; undefined: the model that was champion before the present one was promoted
   * @throws ChampionError `no-champion`, `nothing-before`, `unknown-revision`, `same-model`; `moved` when others move the
   *   champion meanwhile: "the one before" would then be another model than whoever asked for it had in mind
   */
  async rollback({ to, ...move }: ChampionMove & { readonly to?: number | undefined }): Promise<ChampionEntry> {
    for (let attempt = 1; attempt <= (to === undefined ? 1 : ROLLBACK_ATTEMPTS); attempt++) {
      const stored = await this.#load();
      if (!stored) throw new ChampionError('no-champion', `There is no champion in ${this.#objects.url} yet.`);
      const { entries } = stored.file;
      const promotion = promotionToRestore(entries, to ?? promotionBefore(entries));
      const entry = entryAfter(stored, promotion, promotion.revision, move);
      const standing = await this.#append(stored, entry);
      if (standing.some((other) => canonicalJson(other) === canonicalJson(entry))) return entry;
    }
    throw new ChampionError(
      'moved',
      `The champion in ${this.#objects.url} was moved by somebody else at the same time: ` +
        'look which one it is now, and roll back again if that is still wanted.',
    );
  }

  /**
   * Writes the entry where nothing has changed since the file was read.
   *
   * @returns what stands there then. That decides, not the answer: a write whose answer was lost is refused when it is
   *   tried again.
   */
  async #append(stored: Stored | null, entry: ChampionEntry): Promise<ChampionFile['entries']> {
    const next: ChampionFile = { schema: 1, entries: [entry, ...(stored?.file.entries ?? [])] };
    const body = Buffer.from(canonicalJson(next));
    if (stored) await this.#objects.putIfMatch(CHAMPION_KEY, body, stored.etag);
    else await this.#objects.putIfAbsent(CHAMPION_KEY, body);
    return (await this.read())?.entries ?? [];
  }

  async #load(): Promise<Stored | null> {
    try {
      const found = await this.#objects.get(CHAMPION_KEY);
      if (!found) return null;
      return { file: championFile.parse(JSON.parse(Buffer.from(found.body).toString('utf8'))), etag: found.etag };
    } catch (cause) {
      const isContent = cause instanceof SyntaxError || cause instanceof z.ZodError;
      if (!isContent && !(cause instanceof StoredBytesDamagedError)) throw cause;
      throw new ChampionError(
        'unreadable',
        `${CHAMPION_KEY} in ${this.#objects.url} is no list of champions that this version of veille can read: restore an ` +
          'earlier version of the object, or delete it to begin without a champion.',
        { cause },
      );
    }
  }
}

function entryAfter(
  stored: Stored | null,
  model: Candidate,
  restores: number | null,
  { by, note, at }: ChampionMove,
): ChampionEntry {
  return { ...model, revision: (newestOf(stored)?.revision ?? 0) + 1, restores, at: at.toISOString(), by, note };
}

function newestOf(stored: Stored | null): ChampionEntry | undefined {
  return stored?.file.entries[0];
}

function isPromotionBy({ run, restores }: ChampionEntry, { workflowId, runId }: Provenance): boolean {
  return restores === null && run.workflowId === workflowId && run.runId === runId;
}

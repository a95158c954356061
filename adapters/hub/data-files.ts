/** Which files of a data set's repository are the rows of a split: by its card, or else by their names, as the hub does. */
import { basename, dirname } from 'node:path/posix';
import { quoteNames } from '../../contracts/quote.ts';
import { formatOf } from '../rows/detect-format.ts';
import { SourceError } from '../sources/source-error.ts';
import type { CardConfig } from './data-card.ts';
import type { HubFile } from './hub-cache.ts';
import type { HubCommit } from './hub.ts';
import { compilePattern } from './path-pattern.ts';

/** The part of a file's name behind the split's: `train-00000-of-00002`, of old repositories with a hash behind it. */
const SHARD = /-(\d{5})-of-(\d{5})(-[0-9a-f]{16})?$/;
/** What tools put beside the rows; the hub reads none of it as data. */
const METADATA = /(^|\/)(dataset_infos?|dataset_dict|state|config|package|package-lock|croissant|metadata)\.json$/i;
const HIDDEN = /(^|\/)[._]/;

/** Words that the hub takes for a split, in a file's name or a folder's. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

/**
 * The files that a source names, by a file's path, a folder's or a configuration of the card; without one, those of a split.
 * Several are shards of one table, in the order of their names.
 *
 * @param configs of the card; empty: it has none
 * @throws SourceError (`not-found`) where there is none, where it is not clear which, or where shards are missing
 */
export function dataFilesOf(commit: HubCommit, split: string, configs: readonly CardConfig[]): readonly HubFile[] {
  const { files, parsed } = commit;
  const data = files.filter(({ path }) => formatOf(path) !== null && !METADATA.test(path) && !HIDDEN.test(path));
  const named = parsed.path;
  const file = named === null ? undefined : files.find(({ path }) => path === named);
  if (file) return [file];
  const config = configOf(configs, named);
  if (config?.folder === null) return ofConfig(commit, data, config, split);
  const folder = config?.folder ?? named ?? '';
  const below = folder === '' ? data : data.filter(({ path }) => path.startsWith(`${folder}/`));
  if (named !== null && below.length === 0)
    throw notFound(commit, `names a file that is not in the repository: ${listed(data)}`);
  if (!config && named === null && configs.length > 1)
    throw notFound(
      commit,
      `has several configurations and no default: write one of them behind the source, as in ` +
        `${commit.source}/${configs[0]!.name}. There are ${quoteNames(configs.map(({ name }) => name))}`,
    );
  return byName(commit, below, split);
}

function configOf(configs: readonly CardConfig[], named: string | null): CardConfig | undefined {
  if (named !== null) return configs.find(({ name }) => name === named);
  return configs.length === 1 ? configs[0] : configs.find(({ isDefault }) => isDefault);
}

/** Patterns of the card; one that names no split is the train part, as the hub has it. */
function ofConfig(commit: HubCommit, data: readonly HubFile[], { name, files }: CardConfig, split: string): HubFile[] {
  const patterns = files.filter((entry) => entry.split === split).map(({ pattern }) => pattern);
  const splits = [...new Set(files.map((entry) => entry.split))].sort();
  if (patterns.length === 0) throw noSplit(commit, split, splits);
  const matchers = patterns.map(compilePattern);
  const found = data.filter(({ path }) => matchers.some((matches) => matches(path)));
  if (found.length > 0) return inOrder(found);
  throw notFound(
    commit,
    `has a card whose configuration ${quoteNames([name])} names files that are not there ` +
      `(${quoteNames(patterns)}): ${listed(data)}`,
  );
}

function byName(commit: HubCommit, data: readonly HubFile[], split: string): readonly HubFile[] {
  const [only] = data;
  if (!only) throw notFound(commit, 'has no parquet, JSON or CSV file');
  const exact = data.filter(({ path }) => ownName(path) === split);
  // Words of names are looked at only where no file has the split's own name.
  const found = exact.length > 0 ? exact : data.filter(({ path }) => keywordSplit(path) === split);
  if (found.length > 0) return oneTable(commit, found, split);
  // A repository whose names speak of no split has one.
  if (split === 'train' && data.every(({ path }) => keywordSplit(path) === null)) return oneTable(commit, data, split);
  throw noSplit(commit, split, [...new Set(data.map(({ path }) => keywordSplit(path) ?? ownName(path)))].sort());
}

/** By the file's own name or, where that is a mere number or "part-3", its folder's. */
function ownName(path: string): string {
  const stem = stemOf(path);
  return /^(part|chunk|shard|file)?[-_.]?\d+$/i.test(stem) ? basename(dirname(path)) : stem.replace(SHARD, '');
}

/** A split's word among those of the file's name, or else of the nearest folder's; null: none has one. */
function keywordSplit(path: string): string | null {
  for (const name of [stemOf(path), ...dirname(path).split('/').toReversed()]) {
    const words = name.toLowerCase().split(/[^a-z]+/);
    const found = Object.entries(KEYWORDS).find(([, keywords]) => keywords.some((keyword) => words.includes(keyword)));
    if (found) return found[0];
  }
  return null;
}

function stemOf(path: string): string {
  return basename(path)
    .replace(/\.gz$/i, '')
    .replace(/\.[^.]+$/, '');
}

/** Files of one folder and one kind whose names differ in numbers and hashes alone are shards; any others are a choice. */
function oneTable(commit: HubCommit, found: readonly HubFile[], split: string): readonly HubFile[] {
  const series = new Set(found.map(({ path }) => path.replace(/[0-9a-f]{16,}|\d+/g, '#')));
  const [first] = found;
  if (series.size === 1 && (found.length === 1 || /\d/.test(stemOf(first!.path)))) return complete(commit, found);
  throw notFound(
    commit,
    `has ${found.length} files of the split "${split}" that are no shards of one table: write one of them, or their ` +
      `folder, behind the source, as in ${commit.source}/${first!.path}. ${capitalised(listed(found))}`,
  );
}

function complete(commit: HubCommit, found: readonly HubFile[]): readonly HubFile[] {
  const [, , count] = SHARD.exec(stemOf(found[0]!.path)) ?? [];
  if (count !== undefined && Number(count) !== found.length)
    throw notFound(commit, `has ${found.length} of ${Number(count)} shards: ${listed(found)}`);
  return inOrder(found);
}

function inOrder(files: readonly HubFile[]): HubFile[] {
  // "part-10" comes after "part-9".
  return files.toSorted((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }) || (a.path < b.path ? -1 : 1));
}

function noSplit(commit: HubCommit, split: string, splits: readonly string[]): SourceError {
  const section = commit.field.slice(0, commit.field.lastIndexOf('.'));
  return notFound(commit, `has no split "${split}": set ${section}.split to one of ${quoteNames(splits)}`);
}

function notFound({ field, source }: HubCommit, what: string): SourceError {
  return new SourceError('not-found', `${field} ${source} ${what}`);
}

function listed(files: readonly HubFile[]): string {
  return `there are ${quoteNames(files.map(({ path }) => path))}`;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

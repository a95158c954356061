/** Which files of a repository are the data of a split, and which make a sentence-transformers folder. */
import { dirname, extname, join } from 'node:path/posix';
import { z } from 'zod';
import { quoteNames, quoteText } from '../../contracts/quote.ts';
import { SourceError } from '../sources/source-error.ts';
import type { HubFile } from './hub-cache.ts';
import type { HubCommit } from './hub.ts';

const DATA = new Set(['.parquet', '.jsonl', '.csv']);
/** The part of a file's name behind the split's: `train-00000-of-00002.parquet`. */
const SHARD = /-\d{5}-of-\d{5}$/;

/**
 * The file that a source names, or that of a split: `data/train-00000-of-00001.parquet`, `train.jsonl`, `train/0.csv`.
 *
 * @throws SourceError (`not-found`) where there is none, or where there are several
 */
export function dataFileOf({ files, parsed, source, field }: HubCommit, split: string): HubFile {
  const { path } = parsed;
  if (path !== null) {
    const named = files.find((file) => file.path === path);
    if (named) return named;
    throw new SourceError(
      'not-found',
      `${field} ${source} names a file that is not in the repository: ${told(dataOf(files))}`,
    );
  }
  const data = dataOf(files);
  const found = data.filter((file) => splitOf(file.path) === split);
  const [only] = found;
  if (only && found.length === 1) return only;
  const section = field.slice(0, field.lastIndexOf('.'));
  if (only)
    throw new SourceError(
      'not-found',
      `${field} ${source} has ${found.length} files of the split "${split}", and a run reads one: ` +
        `write one of them behind the source, as in ${source}/${only.path}. ${told(found)}`,
    );
  const splits = [...new Set(data.map((file) => splitOf(file.path)))].sort();
  throw new SourceError(
    'not-found',
    splits.length === 0
      ? `${field} ${source} has no parquet, JSON Lines or CSV file`
      : `${field} ${source} has no split "${split}": set ${section}.split to one of ${quoteNames(splits)}`,
  );
}

function dataOf(files: readonly HubFile[]): HubFile[] {
  return files.filter(({ path }) => DATA.has(extname(path)));
}

/** By its own name or, where that is a mere number, its folder's. */
function splitOf(path: string): string {
  const [stem, folder] = [
    path.slice(0, -extname(path).length).split('/').at(-1) ?? '',
    dirname(path).split('/').at(-1) ?? '',
  ];
  return /^\d+$/.test(stem) ? folder : stem.replace(SHARD, '');
}

function told(files: readonly HubFile[]): string {
  return `there are ${quoteNames(files.map(({ path }) => path))}`;
}

/** What describes a model, its tokenizer or its weights: no other framework's weights, no code, no pictures. */
const MODEL_FILE = /\.(json|txt|model|safetensors)$|^pytorch_model([-.\w]*)\.bin$/;
const MODULES = z.array(z.object({ path: z.string() }));

/** The file that makes a folder a sentence-transformers model. */
export const MODULES_FILE = 'modules.json';

/**
 * Files of the sentence-transformers folder in the repository's root: its own and those of the modules' folders. Weights
 * are safetensors where there are some; else those that PyTorch has pickled, which its weights-only reader loads.
 *
 * @param modules content of modules.json
 * @throws SourceError (`not-found`) where that is something else
 */
export function modelFilesOf({ files, source, field }: HubCommit, modules: string): HubFile[] {
  const parsed = MODULES.safeParse(parseJson(modules));
  if (!parsed.success)
    throw new SourceError(
      'not-found',
      `${field} ${source} has a ${MODULES_FILE} that lists no modules: ${quoteText(parsed.error.issues[0]?.message ?? '', 120)}`,
    );
  const folders = new Set(['.', ...parsed.data.map(({ path }) => join('.', path))]);
  const wanted = files.filter(
    ({ path }) => folders.has(dirname(path)) && MODEL_FILE.test(path.split('/').at(-1) ?? ''),
  );
  const safe = new Set(wanted.filter(({ path }) => path.endsWith('.safetensors')).map(({ path }) => dirname(path)));
  return wanted.filter(({ path }) => !(safe.has(dirname(path)) && isPickled(path)));
}

/** The pickle itself, and the index of its shards. */
function isPickled(path: string): boolean {
  return /\.bin(\.index\.json)?$/.test(path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

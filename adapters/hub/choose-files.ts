/** Which files of a repository make a sentence-transformers folder. */
import { dirname, join } from 'node:path/posix';
import { z } from 'zod';
import { quoteText } from '../../contracts/quote.ts';
import { SourceError } from '../sources/source-error.ts';
import type { HubFile } from './hub-cache.ts';
import type { HubCommit } from './hub.ts';

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

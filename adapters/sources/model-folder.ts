/**
 * What sentence-transformers reads of a model's folder, wherever the folder lies, and what makes a folder no model: found
 * before its weights are moved, and long before a trainer has loaded it.
 */
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join as joinLocal } from 'node:path';
import { dirname, join } from 'node:path/posix';
import { z } from 'zod';
import { printable, quoteText } from '../../contracts/quote.ts';
import type { ModelTraits } from '../../contracts/steps.ts';
import { LFS_POINTER } from '../rows/lfs-pointer.ts';
import { SourceError } from './source-error.ts';

/** The file that makes a folder a sentence-transformers model. */
export const MODULES_FILE = 'modules.json';

/** Files that a model's folder may have: the largest that we know of has some dozens. */
const MOST_FILES = 1_000;

const MOST_MODULES = 32;
/** Bytes of the small files that are read here. A tokenizer's configuration lists added tokens, of which some models have thousands. */
const LARGEST_CONFIGURATION = 16 << 20;

/** What describes a model, its tokenizer or its weights: no other framework's weights, no code, no pictures. */
const MODEL_FILE = /\.(json|txt|model|safetensors)$|^pytorch_model([-.\w]*)\.bin$/;
const WEIGHTS = /\.safetensors$|^pytorch_model([-.\w]*)\.bin$/;
const TOKENIZER = /^(tokenizer\.json|vocab\.txt|.*\.model)$/;

/** Modules that an encoder's graph has a place for (encoder_graph.py). */
const MODULE_TYPES = new Set(['Transformer', 'Pooling', 'Dense', 'Normalize']);

/** Git's large-file storage leaves a text of some 130 bytes in the place of a file that was not fetched. */
const LARGEST_POINTER = 1_024;

export interface ListedFile {
  /** Relative to the model's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
}

/** A folder that may be a model's. */
export interface ModelFolder<F extends ListedFile> {
  /** What messages call it: "model.source /models/bge-m3". */
  readonly named: string;
  /** Files directly in one of its folders; '' is the folder itself. None where there is no such folder. */
  readonly list: (folder: string) => Promise<readonly F[]>;
  /** The text of a small file. */
  readonly read: (file: F) => Promise<string>;
}

export interface ModelContents<F extends ListedFile> {
  /** What is read of the folder. */
  readonly files: readonly F[];
  readonly traits: ModelTraits;
}

const modulesFile = z
  .array(z.object({ path: z.string(), type: z.string() }))
  .min(1)
  .max(MOST_MODULES);
type Module = z.infer<typeof modulesFile>[number];

const weightsIndex = z.object({ weight_map: z.record(z.string(), z.string()) });
const tokenizerConfig = z.object({ truncation_side: z.string().optional() });
const ownConfig = z.object({
  prompts: z.record(z.string(), z.string().nullable()).nullish(),
  default_prompt_name: z.string().nullish(),
  similarity_fn_name: z.string().nullish(),
});

/**
 * Reads which files make the model, and checks that they do.
 *
 * @throws SourceError (`invalid`) with the file that is missing or wrong, and what to do
 */
export async function readModelFolder<F extends ListedFile>(folder: ModelFolder<F>): Promise<ModelContents<F>> {
  const reader = new ModelReader(folder);
  const root = await folder.list('');
  const modules = await reader.parse(root, MODULES_FILE, modulesFile);
  if (!modules) throw reader.invalid(`has no ${MODULES_FILE}: give a sentence-transformers folder`);
  const inFolders = new Map<string, readonly F[]>([['.', root]]);
  for (const { path } of modules) {
    const name = folderOf(path);
    if (name.startsWith('..') || name.startsWith('/'))
      throw reader.invalid(`has a module outside of itself: ${MODULES_FILE} names ${quoteText(path)}`);
    if (!inFolders.has(name)) inFolders.set(name, await folder.list(name));
  }
  const files = modelFilesAmong([...inFolders.values()].flat());
  if (files.length > MOST_FILES)
    throw reader.invalid(
      `has ${files.length} files, where a model has at most ${MOST_FILES}: give the folder of one model`,
    );
  await reader.refusePointers(files);
  for (const module of modules) await reader.check(module, files);
  return { files, traits: await reader.traits(root) };
}

/**
 * Of the files in a model's folders: its own. Weights are safetensors where there are some; else those that PyTorch has
 * pickled, which its weights-only reader loads.
 */
function modelFilesAmong<F extends ListedFile>(files: readonly F[]): F[] {
  const wanted = files.filter(({ path }) => MODEL_FILE.test(nameOf(path)) && !nameOf(path).startsWith('.'));
  const safe = new Set(wanted.filter(({ path }) => path.endsWith('.safetensors')).map(({ path }) => dirname(path)));
  return wanted.filter(({ path }) => !(safe.has(dirname(path)) && isPickled(path)));
}

interface LocalReading {
  readonly mayRead: (real: string) => Promise<boolean>;
  readonly read: (local: string) => Promise<string>;
}

/** A file of a folder on this machine. */
export interface LocalModelFile extends ListedFile {
  readonly local: string;
}

/**
 * A folder on this machine. Hidden files, such as a downloader's notes, are no part of a model.
 *
 * @param mayRead says of a path without links whether it may be read; a link to another one is refused like one that leads
 * nowhere, so that a refusal does not tell which files there are
 * @param read of the file at a path
 */
export function localModelFolder(
  root: string,
  named: string,
  { mayRead, read }: LocalReading = EVERYTHING,
): ModelFolder<LocalModelFile> {
  return {
    named,
    read: ({ local }) => read(local),
    async list(folder) {
      const here = joinLocal(root, folder);
      const requireReadable = async (local: string, path: string): Promise<void> => {
        const real = await realpath(local).catch(() => null);
        if (real !== null && (await mayRead(real))) return;
        throw new SourceError(
          'not-found',
          `${named} has a link, ${quoteText(path, 120)}, that leads to nothing which may be read here: put the file ` +
            'itself there, or remove the link. A worker reads regular files below its VEILLE_MODEL_ROOTS; --model ' +
            'FOLDER puts a folder that lies beside you into the bucket',
        );
      };
      // A folder that is a link is judged before it is looked into.
      if (folder !== '' && (await lstat(here).catch(() => null))?.isSymbolicLink()) await requireReadable(here, folder);
      const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
      const files: LocalModelFile[] = [];
      for (const { name } of entries) {
        if (name.startsWith('.')) continue;
        const local = joinLocal(here, name);
        const path = join(folder, name);
        await requireReadable(local, path);
        const state = await stat(local);
        if (state.isFile()) files.push({ path, local, bytes: state.size });
      }
      return files;
    },
  };
}

const EVERYTHING: LocalReading = { mayRead: async () => true, read: (local: string) => readFile(local, 'utf8') };

class ModelReader<F extends ListedFile> {
  readonly #folder: ModelFolder<F>;

  constructor(folder: ModelFolder<F>) {
    this.#folder = folder;
  }

  invalid(what: string): SourceError {
    return new SourceError('invalid', `${this.#folder.named} ${what}`);
  }

  /** Null where there is no such file. */
  async parse<T>(files: readonly F[], path: string, schema: z.ZodType<T>): Promise<T | null> {
    const file = files.find((one) => one.path === path);
    if (!file) return null;
    if (file.bytes > LARGEST_CONFIGURATION)
      throw this.invalid(`has a ${path} of ${file.bytes} bytes, where ${LARGEST_CONFIGURATION} are allowed`);
    const text = await this.#folder.read(file);
    this.#refusePointer(path, text);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue && issue.path.length > 0 ? ` at ${quoteText(issue.path.join('.'))}` : '';
    throw this.invalid(`has a ${path} that can't be used${where}: ${quoteText(issue?.message ?? '', 120)}`);
  }

  /** A clone without Git's large-file storage has small texts where weights and tokenizers are to be. */
  async refusePointers(files: readonly F[]): Promise<void> {
    for (const file of files)
      if (file.bytes <= LARGEST_POINTER && /\.(safetensors|bin|model)$|tokenizer\.json$/.test(file.path))
        this.#refusePointer(file.path, await this.#folder.read(file));
  }

  #refusePointer(path: string, text: string): void {
    if (text.startsWith(LFS_POINTER))
      throw this.invalid(`has a Git LFS pointer in the place of ${path}: run git lfs pull in that folder`);
  }

  async check({ path, type }: Module, files: readonly F[]): Promise<void> {
    const folder = folderOf(path);
    const own = files.filter((file) => dirname(file.path) === folder);
    const kind = type.split('.').at(-1) ?? '';
    if (!type.startsWith('sentence_transformers.'))
      throw this.invalid(`has a module of its own code, ${quoteText(type)}, which is never run: take a model without`);
    if (!MODULE_TYPES.has(kind))
      throw this.invalid(
        `has a module of the type ${quoteText(kind)}; only ${[...MODULE_TYPES].join(', ')} can be exported`,
      );
    if (kind === 'Normalize') return;
    this.#require(own, join(path, 'config.json'), `which its module ${kind} needs`);
    if (kind === 'Pooling') return;
    if (!own.some((file) => WEIGHTS.test(nameOf(file.path))))
      throw this.invalid(`has no weights in ${placeOf(folder)}: copy model.safetensors, or pytorch_model.bin, there`);
    await this.#checkShards(folder, own);
    if (kind === 'Transformer') await this.#checkTokenizer(folder, own);
  }

  async #checkShards(folder: string, own: readonly F[]): Promise<void> {
    for (const name of ['model.safetensors.index.json', 'pytorch_model.bin.index.json']) {
      const index = join(folder, name);
      const shards = await this.parse(own, index, weightsIndex);
      for (const shard of new Set(Object.values(shards?.weight_map ?? {})))
        this.#require(own, join(folder, shard), `which ${index} names`);
    }
  }

  /** Without its files, transformers makes a tokenizer that knows no word. */
  async #checkTokenizer(folder: string, own: readonly F[]): Promise<void> {
    const names = new Set(own.map((file) => nameOf(file.path)));
    const isThere =
      [...names].some((name) => TOKENIZER.test(name)) || (names.has('vocab.json') && names.has('merges.txt'));
    if (!isThere)
      throw this.invalid(
        `has no tokenizer files in ${placeOf(folder)}: copy tokenizer.json there, or what its tokenizer has ` +
          '(vocab.txt; a SentencePiece .model; vocab.json and merges.txt)',
      );
    const path = join(folder, 'tokenizer_config.json');
    const settings = await this.parse(own, path, tokenizerConfig);
    if (settings?.truncation_side === 'left')
      throw this.invalid(
        `has a tokenizer that cuts long texts at their beginning: set truncation_side to "right" in ${path}`,
      );
  }

  #require(files: readonly F[], path: string, why: string): void {
    if (!files.some((file) => file.path === join('.', path)))
      throw this.invalid(`lacks ${quoteText(path, 120)}, ${why}: the copy of the model is not whole`);
  }

  /** What the model's authors meant it to be used with. */
  async traits(root: readonly F[]): Promise<ModelTraits> {
    const own = await this.parse(root, 'config_sentence_transformers.json', ownConfig);
    const prompts = Object.entries(own?.prompts ?? {}).filter((entry): entry is [string, string] => !!entry[1]);
    const shown = prompts.slice(0, MOST_PROMPTS).map(([name, text]): [string, string] => [cut(name), cut(text)]);
    return {
      prompts: Object.fromEntries(shown),
      similarity: own?.similarity_fn_name ? cut(own.similarity_fn_name) : null,
    };
  }
}

/** What a record keeps of a model's prompts. */
const MOST_PROMPTS = 12;
const LONGEST_PROMPT = 200;

function cut(text: string): string {
  return quoteText(text, LONGEST_PROMPT);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function placeOf(folder: string): string {
  return folder === '.' ? 'its root' : printable(folder);
}

/** The pickle itself, and the index of its shards. */
function isPickled(path: string): boolean {
  return /\.bin(\.index\.json)?$/.test(path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a module: '.' is the model's own folder. */
function folderOf(path: string): string {
  return join('.', path).replace(/(?<=[^/])\/+$/, '');
}

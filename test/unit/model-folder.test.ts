/** Models as they are found: what is read of a folder, and what makes a folder no model, in words that say what to do. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createResolveSources } from '../../activities/resolve-sources.ts';
import { localModelFolder, readModelFolder } from '../../adapters/sources/model-folder.ts';
import { describeFolder } from '../../adapters/sources/uploads.ts';
import { INVALID_DATA, SOURCE_NOT_FOUND } from '../../contracts/failures.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';
import { type Files, MODEL_FILES, MODEL_PATHS, writeModelFiles } from '../fixtures/model-files.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 133466304\n`;
const LISTED = MODEL_PATHS.map((path) => ({ path, bytes: MODEL_FILES[path]?.length ?? 0 }));

/** A folder whose files are known by their content alone. */
async function read(files: Files) {
  const listed = Object.entries(files).map(([path, content]) => ({ path, bytes: content.length }));
  const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');
  return readModelFolder({
    named: 'model.source /m',
    list: async (folder) => listed.filter(({ path }) => folderOf(path) === folder),
    read: async ({ path }) => String(files[path]),
  });
}

const pathsOf = async (files: Files): Promise<string[]> => (await read(files)).files.map(({ path }) => path).sort();
const without = (...paths: string[]): Files =>
  Object.fromEntries(Object.entries(MODEL_FILES).filter(([path]) => !paths.includes(path)));
const modules = (...kinds: [path: string, type: string][]): string =>
  JSON.stringify(kinds.map(([path, type]) => ({ path, type })));

function scratchModel(changes: Files = {}): string {
  const folder = mkdtempSync(join(activityDeps().folder, 'model-'));
  writeModelFiles(folder, changes);
  return folder;
}

describe('the files of a model', () => {
  it("are the folder's and its modules', without other frameworks' weights, code, pictures and hidden files", async () => {
    const names =
      '.gitattributes README.md long.jpg colbert_linear.pt imgs/mkqa.jpg onnx/model.onnx onnx/config.json tf_model.h5 ' +
      'modeling.py .hidden.json training_args.bin pytorch_model.bin checkpoint-500/model.safetensors';
    const others = Object.fromEntries(names.split(' ').map((name) => [name, '']));
    assert.deepEqual(await pathsOf({ ...MODEL_FILES, ...others }), MODEL_PATHS);
  });

  it('have pickled weights only where there are no safetensors', async () => {
    const pickled = { ...without('model.safetensors'), 'pytorch_model.bin': 'p' };
    assert.ok((await pathsOf(pickled)).includes('pytorch_model.bin'));
  });

  it('are the same in a repository, after a download with its notes, and beside 9,000 objects of Git', async () => {
    const folder = scratchModel();
    const plain = await describeFolder(folder, '--model');
    const cache = join(folder, '.cache/huggingface/download');
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'config.json.metadata'), String(Math.random()));
    mkdirSync(join(folder, '.git/objects/00'), { recursive: true });
    mkdirSync(join(folder, 'onnx'));
    for (let i = 0; i < 9_000; i += 90) writeFileSync(join(folder, '.git/objects/00', String(i)), '');
    writeFileSync(join(folder, 'onnx/model.onnx'), 'graph');
    assert.equal((await describeFolder(folder, '--model')).source, plain.source);
  });

  it('are refused with their number where there are too many for one model', async () => {
    const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`note-${i}.json`, '']));
    await assert.rejects(
      read({ ...MODEL_FILES, ...many }),
      /^SourceError: model\.source \/m has 9005 files, .*most 1000/,
    );
  });
});

describe('a folder that is no model', () => {
  const cases: [what: string, files: Files, message: RegExp][] = [
    ['lists no modules', { ...MODEL_FILES, 'modules.json': '[]' }, /has a modules\.json that can't be used/],
    ['lists something else', { ...MODEL_FILES, 'modules.json': '{' }, /has a modules\.json that can't be used/],
    ['lacks the pooling', without('1_Pooling/config.json'), /lacks 1_Pooling\/config\.json, which its module Pooling/],
    ['lacks its configuration', without('config.json'), /lacks config\.json, which its module Transformer needs/],
    ['has no weights', without('model.safetensors'), /has no weights in its root: copy model\.safetensors/],
    ['has no tokenizer', without('tokenizer.json'), /has no tokenizer files in its root: copy tokenizer\.json/],
    [
      'has half of a byte-pair tokenizer',
      { ...without('tokenizer.json'), 'vocab.json': '{}' },
      /has no tokenizer files .*merges\.txt/,
    ],
    [
      'lacks a shard',
      {
        ...without('model.safetensors'),
        'model-00001-of-00002.safetensors': 'w',
        'model.safetensors.index.json': JSON.stringify({
          weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
        }),
      },
      /lacks model-00002-of-00002\.safetensors, which model\.safetensors\.index\.json names/,
    ],
    ['has a pointer for weights', { ...MODEL_FILES, 'model.safetensors': POINTER }, /LFS pointer .* git lfs pull/],
    ['has a pointer for a tokenizer', { ...MODEL_FILES, 'tokenizer.json': POINTER }, /LFS pointer .* tokenizer\.json/],
    ['has a pointer for its modules', { ...MODEL_FILES, 'modules.json': POINTER }, /LFS pointer .* modules\.json/],
    [
      'truncates on the left',
      { ...MODEL_FILES, 'tokenizer_config.json': '{"truncation_side":"left"}' },
      /cuts long texts at their beginning: set truncation_side to "right" in tokenizer_config\.json/,
    ],
    [
      'runs its own code',
      { ...MODEL_FILES, 'modules.json': modules(['', 'custom_st.Transformer']) },
      /has a module of its own code, custom_st\.Transformer, which is never run/,
    ],
    [
      'has a module without a place in the graph',
      { ...MODEL_FILES, 'modules.json': modules(['', 'sentence_transformers.models.CLIPModel']) },
      /type CLIPModel; only Transformer, Pooling, Dense, Normalize can be exported/,
    ],
    [
      'leads outside',
      { ...MODEL_FILES, 'modules.json': modules(['../../etc', 'sentence_transformers.models.Pooling']) },
      /has a module outside of itself/,
    ],
  ];
  for (const [what, files, message] of cases)
    it(`is refused where it ${what}`, async () => {
      await assert.rejects(read(files), (error: Error) => {
        assert.match(error.message, message);
        assert.match(error.message, /^model\.source \/m /);
        return true;
      });
    });

  it('is none of the forms in which tokenizers are found', async () => {
    for (const tokenizer of [['vocab.txt'], ['sentencepiece.bpe.model'], ['vocab.json', 'merges.txt']]) {
      const files = Object.fromEntries(tokenizer.map((name) => [name, 'x']));
      assert.equal(
        (await pathsOf({ ...without('tokenizer.json'), ...files })).length,
        LISTED.length - 1 + tokenizer.length,
      );
    }
  });
});

describe('a folder on a machine', () => {
  it('is refused by the name of a link that leads nowhere, or where nothing may be read', async () => {
    const folder = scratchModel();
    symlinkSync('/nonexistent', join(folder, 'dangling'));
    const message = /^SourceError: --model .* has a link, dangling, that leads to nothing which may be read here/;
    await assert.rejects(describeFolder(folder, '--model'), message);
    rmSync(join(folder, 'dangling'));
    symlinkSync('/etc/hostname', join(folder, 'dangling'));
    const limited = { mayRead: async (real: string) => real.startsWith(folder), read: async () => '' };
    await assert.rejects(readModelFolder(localModelFolder(folder, `--model ${folder}`, limited)), message);
  });

  it('takes links to files and folders, as a downloader makes them', async () => {
    const folder = scratchModel();
    const linked = mkdtempSync(join(activityDeps().folder, 'linked-'));
    for (const path of ['config.json', 'model.safetensors', 'modules.json', 'tokenizer.json', '1_Pooling'])
      symlinkSync(join(folder, path), join(linked, path));
    const [of, from] = [await describeFolder(linked, '--model'), await describeFolder(folder, '--model')];
    assert.deepEqual(
      of.files.map(({ sha256 }) => sha256),
      from.files.map(({ sha256 }) => sha256),
    );
  });
});

describe('the step that reads the model', () => {
  async function resolve(changes: Files, prepare: (folder: string) => void = () => undefined) {
    const deps = activityDeps();
    const model = join(deps.folder, 'model');
    writeModelFiles(model, changes);
    prepare(model);
    const source = join(deps.folder, 'rows.jsonl');
    writeFileSync(source, '{"query":"q","input":"i","output":"o"}\n');
    const config = parseRetrainInput({ data: { source }, model: { source: model } });
    const input = { data: config.data, model: config.model, guards: {} };
    return { deps, outcome: await runActivity(createResolveSources(deps), input) };
  }

  it('fails at once and for good, and stores nothing', async () => {
    await assert.rejects(
      resolve({}, (folder) => rmSync(join(folder, 'tokenizer.json'))),
      { type: INVALID_DATA, nonRetryable: true, message: /^model\.source .* has no tokenizer files/ },
    );
    await assert.rejects(
      resolve({}, (folder) => symlinkSync('/nonexistent', join(folder, 'dangling'))),
      { type: SOURCE_NOT_FOUND, nonRetryable: true, message: /^model\.source .* has a link, dangling, / },
    );
  });

  it("keeps the prompts that the model's authors meant, and how its embeddings are compared, both of bounded size", async () => {
    const prompts = { query: 'query: ', document: 'passage: ', none: null };
    const own = JSON.stringify({ prompts, default_prompt_name: 'query', similarity_fn_name: 'dot' });
    const { outcome } = await resolve({ 'config_sentence_transformers.json': own });
    assert.deepEqual(outcome.result.traits, {
      prompts: { query: 'query: ', document: 'passage: ' },
      similarity: 'dot',
    });
    assert.deepEqual((await resolve({})).outcome.result.traits, { prompts: {}, similarity: null });
    const many = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`p${i}`, 'x'.repeat(1_000)]));
    const large = await resolve({ 'config_sentence_transformers.json': JSON.stringify({ prompts: many }) });
    assert.ok(JSON.stringify(large.outcome.result.traits).length < 4_000);
  });
});

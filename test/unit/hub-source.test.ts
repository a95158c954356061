/** How sources of the hub are written, and which of a repository's files they mean. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dataFileOf, modelFilesOf } from '../../adapters/hub/choose-files.ts';
import type { HubCommit } from '../../adapters/hub/hub.ts';
import { SourceError } from '../../adapters/sources/source-error.ts';
import { parseHubSource, pinnedSource } from '../../contracts/hub-source.ts';

const COMMIT = '5617a9f61b028005a4858fdac845db406aefb181';

describe('a source of the hub', () => {
  it('has kind, name, revision and path', () => {
    const cases: [string, string, string, string, string | null][] = [
      ['hf://datasets/louisbrulenaudet/legalkit', 'dataset', 'louisbrulenaudet/legalkit', 'main', null],
      ['hf://datasets/a/b@v1.0/data/x.parquet', 'dataset', 'a/b', 'v1.0', 'data/x.parquet'],
      [`hf://BAAI/bge-m3@${COMMIT}`, 'model', 'BAAI/bge-m3', COMMIT, null],
      ['hf://a/b@refs%2Fpr%2F3', 'model', 'a/b', 'refs/pr/3', null],
      ['hf://datasets/squad', 'dataset', 'squad', 'main', null],
    ];
    for (const [source, kind, name, revision, path] of cases)
      assert.deepEqual(parseHubSource(source), { kind, name, revision, path }, source);
  });

  it('is nothing else', () => {
    for (const source of [
      'hf://',
      'hf://datasets/',
      'hf://../b',
      'hf://a/b@',
      'hf://a b/c',
      'hf://a/b@%',
      'a/b',
      's3://a/b',
    ])
      assert.equal(parseHubSource(source), null, source);
  });

  it('is pinned to a commit, and others are left as they are', () => {
    const origin = { commit: COMMIT };
    assert.equal(pinnedSource('hf://datasets/a/b@main/x.csv', origin), `hf://datasets/a/b@${COMMIT}/x.csv`);
    assert.equal(pinnedSource('hf://a/b', origin), `hf://a/b@${COMMIT}`);
    assert.equal(pinnedSource('hf://a/b', null), 'hf://a/b');
    assert.equal(pinnedSource('rows.csv', origin), 'rows.csv');
  });
});

function commitWith(source: string, paths: readonly string[]): HubCommit {
  const parsed = parseHubSource(source) ?? assert.fail(source);
  const files = paths.map((path) => ({ path, bytes: 1, oid: '0'.repeat(40), sha256: null }));
  return { source, field: 'data.source', parsed, commit: COMMIT, license: null, files };
}

describe('the data file of a split', () => {
  const chosen = (paths: string[], split = 'train', source = 'hf://datasets/a/b'): string =>
    dataFileOf(commitWith(source, paths), split).path;

  it('goes by the names that the hub gives', () => {
    const legalKit = ['.gitattributes', 'README.md', 'data/train-00000-of-00001.parquet'];
    assert.equal(chosen(legalKit), 'data/train-00000-of-00001.parquet');
    assert.equal(chosen(['train.jsonl', 'test.jsonl', 'latest-test.jsonl'], 'test'), 'test.jsonl');
    assert.equal(chosen(['train/0.csv', 'test/0.csv'], 'test'), 'test/0.csv');
    assert.equal(chosen(['a.csv', 'b.csv'], 'train', 'hf://datasets/a/b/b.csv'), 'b.csv');
  });

  it('is refused by name where there is none, or more than one', () => {
    const refused = (paths: string[], message: RegExp, source?: string): void =>
      assert.throws(
        () => chosen(paths, 'train', source),
        (error) => error instanceof SourceError && message.test(error.message),
      );
    refused(['dev.csv', 'test.csv'], /^data\.source .* has no split "train": set data\.split to one of dev, test$/);
    refused(['README.md'], /has no parquet, JSON Lines or CSV file/);
    refused(
      ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet'],
      /has 2 files of the split "train".*as in hf:\/\/datasets\/a\/b\/data\/train-00000-of-00002\.parquet/,
    );
    refused(['a.csv'], /names a file that is not in the repository: there are a\.csv/, 'hf://datasets/a/b/c.csv');
  });
});

describe('the files of a model', () => {
  const MODULES = JSON.stringify([
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ]);
  const chosen = (paths: string[], modules = MODULES): string[] =>
    modelFilesOf(commitWith('hf://a/b', paths), modules).map(({ path }) => path);
  const SMALL = ['1_Pooling/config.json', 'config.json', 'modules.json', 'sentencepiece.bpe.model', 'tokenizer.json'];

  it("are the folder's and its modules', without other frameworks' weights, code and pictures", () => {
    const others = [
      '.gitattributes',
      'README.md',
      'long.jpg',
      'colbert_linear.pt',
      'sparse_linear.pt',
      'imgs/mkqa.jpg',
      'onnx/model.onnx',
      'onnx/config.json',
      'tf_model.h5',
      'modeling.py',
      'training_args.bin',
    ];
    assert.deepEqual(chosen([...SMALL, 'pytorch_model.bin', ...others]), [...SMALL, 'pytorch_model.bin']);
  });

  it('have no pickled weights where there are safetensors', () => {
    const shards = [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ];
    assert.deepEqual(chosen([...SMALL, ...shards, 'pytorch_model.bin', 'pytorch_model.bin.index.json']), [
      ...SMALL,
      ...shards,
    ]);
  });

  it('are refused where modules.json lists none', () => {
    assert.throws(() => chosen(SMALL, '{}'), /modules\.json that lists no modules/);
    assert.throws(() => chosen(SMALL, 'x'), SourceError);
  });
});

/** How sources of the hub are written, and which of a repository's files they mean. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cardConfigs } from '../../adapters/hub/data-card.ts';
import { dataFilesOf } from '../../adapters/hub/data-files.ts';
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

describe('the data files of a split', () => {
  interface Asked {
    readonly split?: string;
    readonly source?: string;
    readonly card?: string;
  }
  const chosen = (
    paths: string[],
    { split = 'train', source = 'hf://datasets/a/b', card = '' }: Asked = {},
  ): string[] => dataFilesOf(commitWith(source, paths), split, cardConfigs(card)).map(({ path }) => path);
  const refused = (paths: string[], message: RegExp, asked?: Asked): void =>
    assert.throws(
      () => chosen(paths, asked),
      (error) => error instanceof SourceError && message.test(error.message),
    );

  it('go by the names that the hub gives', () => {
    const legalKit = ['.gitattributes', 'README.md', 'data/train-00000-of-00001.parquet'];
    assert.deepEqual(chosen(legalKit), ['data/train-00000-of-00001.parquet']);
    assert.deepEqual(chosen(['train.jsonl', 'test.jsonl', 'latest-test.jsonl'], { split: 'test' }), ['test.jsonl']);
    assert.deepEqual(chosen(['train/0.csv', 'test/0.csv'], { split: 'test' }), ['test/0.csv']);
    assert.deepEqual(chosen(['a.csv', 'b.csv'], { source: 'hf://datasets/a/b/b.csv' }), ['b.csv']);
    assert.deepEqual(chosen(['civil.csv', 'penal.csv'], { split: 'penal' }), ['penal.csv']);
  });

  it('go by the names that people give', () => {
    for (const [paths, file] of [
      [['legal.jsonl'], 'legal.jsonl'],
      [['mon fichier é.csv'], 'mon fichier é.csv'],
      [
        ['data/test-00000-of-00001-aaaabbbbccccdddd.jsonl', 'data/train-00000-of-00001-2b7e1f3a0b4d5c6e.jsonl'],
        'data/train-00000-of-00001-2b7e1f3a0b4d5c6e.jsonl',
      ],
      [['train.json', 'dataset_infos.json', '.hidden/train.json'], 'train.json'],
      [['train.jsonl.gz'], 'train.jsonl.gz'],
      [['train.tsv'], 'train.tsv'],
      [['data/train-00000-of-00001.PARQUET'], 'data/train-00000-of-00001.PARQUET'],
      [['train/part-0.jsonl', 'test/part-0.jsonl'], 'train/part-0.jsonl'],
      [['legalkit_train_v2.csv', 'legalkit_dev_v2.csv'], 'legalkit_train_v2.csv'],
      [['Training/rows.csv', 'Testing/rows.csv'], 'Training/rows.csv'],
    ] as const)
      assert.deepEqual(chosen([...paths, 'README.md', 'script.py']), [file]);
    assert.deepEqual(chosen(['val.csv', 'train.csv'], { split: 'validation' }), ['val.csv']);
  });

  it('are all shards of one table, in the order of their numbers', () => {
    const shards = Array.from(
      { length: 11 },
      (_, shard) => `data/train-${String(shard).padStart(5, '0')}-of-00011.parquet`,
    );
    assert.deepEqual(chosen([...shards.toReversed(), 'data/test-00000-of-00001.parquet']), shards);
    assert.deepEqual(chosen(['train/part-10.jsonl', 'train/part-9.jsonl']), [
      'train/part-9.jsonl',
      'train/part-10.jsonl',
    ]);
    refused(shards.slice(1), /has 10 of 11 shards/);
  });

  it('are those that the card names for the configuration', () => {
    const pairs = ['pairs/a.jsonl', 'pairs/b.jsonl', 'pairs/held/c.jsonl', 'other.jsonl'];
    const card = (yaml: string): string => `---\nlicense: mit\nconfigs:\n${yaml}\n---\n# Pairs\n`;
    const of = (yaml: string, asked: Asked = {}): string[] => chosen(pairs, { ...asked, card: card(yaml) });
    const first =
      '- config_name: fr\n  data_files:\n  - split: train\n    path: pairs/*.jsonl\n  - split: test\n    path: [pairs/**/c.jsonl]';
    assert.deepEqual(of(first), ['pairs/a.jsonl', 'pairs/b.jsonl']);
    assert.deepEqual(of(first, { split: 'test' }), ['pairs/held/c.jsonl']);
    assert.deepEqual(of('- config_name: x\n  data_files: "pairs/[!a].jsonl"'), ['pairs/b.jsonl']);
    const several = `${first}\n- config_name: en\n  data_files: other.jsonl`;
    assert.deepEqual(of(several, { source: 'hf://datasets/a/b/en' }), ['other.jsonl']);
    assert.deepEqual(of(`${several}\n  default: true`), ['other.jsonl']);
    assert.deepEqual(of('- config_name: x\n  data_dir: ./pairs/held/'), ['pairs/held/c.jsonl']);
    refused(
      pairs,
      /has several configurations and no default: write one.*hf:\/\/datasets\/a\/b\/fr\. There are fr, en/,
      {
        card: card(several),
      },
    );
    refused(pairs, /has no split "dev": set data\.split to one of test, train/, { card: card(first), split: 'dev' });
    refused(pairs, /configuration x names files that are not there \(gone\.csv\)/, {
      card: card('- config_name: x\n  data_files: gone.csv'),
    });
  });

  it('are those of a folder where the source names one', () => {
    const paths = ['fr/train-00000-of-00001.parquet', 'en/train-00000-of-00001.parquet'];
    assert.deepEqual(chosen(paths, { source: 'hf://datasets/a/b/fr' }), [paths[0]]);
    refused(paths, /has 2 files of the split "train" that are no shards of one table.*or their folder/);
  });

  it('are no matter of a card that says nothing, or nonsense', () => {
    const hostile = [
      '',
      '# no front matter',
      '---\n: [\n---\n',
      '---\nconfigs: 5\n---\n',
      '---\nconfigs: [5, {}]\n---\n',
    ];
    for (const card of hostile) assert.deepEqual(chosen(['train.csv'], { card }), ['train.csv']);
    const pattern = `${'*a'.repeat(60)}b`;
    refused(['a'.repeat(200) + '.csv'], /names files that are not there/, {
      card: `---\nconfigs:\n- config_name: x\n  data_files: "${pattern}"\n---\n`,
    });
  });

  it('are refused by name where there are none, or it is not clear which', () => {
    refused(
      ['dev.csv', 'test.csv'],
      /^data\.source .* has no split "train": set data\.split to one of test, validation$/,
    );
    refused(['README.md', 'config.json'], /has no parquet, JSON or CSV file/);
    refused(
      ['queries.jsonl', 'corpus.jsonl'],
      /has 2 files of the split "train" that are no shards.*There are queries\.jsonl, corpus\.jsonl/,
    );
    refused(['a.csv'], /names a file that is not in the repository: there are a\.csv/, {
      source: 'hf://datasets/a/b/c.csv',
    });
  });
});

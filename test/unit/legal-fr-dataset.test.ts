/** examples/legal-fr: a whole build from small packages that the test makes itself. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { readRows } from '../../adapters/rows/read-rows.ts';
import { buildLegalFr } from '../../examples/legal-fr/dataset.ts';
import { PINNED, type SourcePackage, type SourcePackages } from '../../examples/legal-fr/packages.ts';
import { COLUMNS } from '../../examples/legal-fr/row.ts';
import { readTarball } from '../../examples/legal-fr/tarball.ts';

const answer = 'La réponse tient en quatre-vingts caractères au moins, sans quoi la ligne ne serait pas gardée.';

const labourSheets = ['Le préavis', 'La démission'].map((title, index) => ({
  pubId: `article${index}`,
  title,
  date: '01/02/2026',
  sections: [{ title: 'De quoi s’agit-il ?', html: `<p>${title}. ${answer}</p>` }],
}));

const publicSheet = {
  children: [
    {
      name: 'Publication',
      children: [
        { name: 'dc:title', children: [{ text: 'Qui paie ?' }] },
        { name: 'Texte', children: [{ name: 'Paragraphe', children: [{ text: answer }] }] },
        {
          name: 'Reference',
          children: [
            { name: 'Titre', children: [{ text: 'Code du travail : article L1-1' }] },
            { name: 'Complement', children: [{ text: 'Paiement' }] },
          ],
        },
      ],
    },
  ],
};

const code = {
  type: 'code',
  data: { title: 'Code du travail' },
  children: [
    { type: 'article', data: { num: 'L1-1', etat: 'VIGUEUR', texteHtml: `<p>L'employeur paie. ${answer}</p>` } },
  ],
};

async function packTarball(files: Readonly<Record<string, unknown>>): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, content] of Object.entries(files)) pack.entry({ name }, JSON.stringify(content));
  pack.finalize();
  return gzipSync(await buffer(pack));
}

let folder = '';
let packages: SourcePackages = PINNED;

/** Puts a tarball where a fetched one would be, and pins it. */
async function stock(source: SourcePackage, files: Readonly<Record<string, unknown>>): Promise<SourcePackage> {
  const bytes = await packTarball(files);
  await mkdir(join(folder, 'cache'), { recursive: true });
  await writeFile(join(folder, 'cache', `${source.name.slice(1).replace('/', '-')}-${source.version}.tgz`), bytes);
  return { ...source, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'legal-fr-'));
  packages = {
    vdd: await stock(PINNED.vdd, {
      'package/data/particuliers/F1.json': publicSheet,
      'package/data/particuliers/N1.json': 'not a sheet',
    }),
    travail: await stock(PINNED.travail, { 'package/data/fiches-travail.json': labourSheets }),
    legi: await stock(PINNED.legi, { 'package/data/LEGITEXT000006072050.json': code }),
  };
});
afterEach(() => rm(folder, { recursive: true }));

async function build(name: string) {
  const lines: string[] = [];
  const out = join(folder, name, 'legal-fr.parquet');
  const result = await buildLegalFr({ out, cache: join(folder, 'cache'), log: (line) => lines.push(line) }, packages);
  return { ...result, lines };
}

describe('building the example', () => {
  test('makes rows of all three packages, in all columns, that the reader reads', async () => {
    const { path, rows } = await build('a');
    const found = (await Readable.from(
      readRows(path, { format: 'parquet', columns: COLUMNS, limit: null }),
    ).toArray()) as Record<string, string>[];
    assert.equal(rows, 4);
    assert.deepEqual(
      new Set(found.map((row) => row['query'])),
      new Set([
        'La démission : De quoi s’agit-il ?',
        'Le préavis : De quoi s’agit-il ?',
        'Qui paie ?',
        'Qui paie ? Paiement',
      ]),
    );
    assert.ok(found.every((row) => row['source'] !== '' && row['licence'] !== ''));
  });

  test('writes the same bytes each time, and says their digest', async () => {
    const [first, second] = [await build('a'), await build('b')];
    const bytes = await readFile(first.path);
    assert.deepEqual(bytes, await readFile(second.path));
    assert.equal(first.sha256, createHash('sha256').update(bytes).digest('hex'));
  });

  test('returns at once what is built, and builds anew what is damaged or from other packages', async () => {
    const first = await build('a');
    const { mtimeMs } = await stat(first.path);
    const second = await build('a');
    assert.match(second.lines.join(), /up to date: 4 rows/);
    assert.deepEqual({ ...second, lines: [] }, { ...first, lines: [] });
    assert.equal((await stat(first.path)).mtimeMs, mtimeMs);

    await truncate(first.path, 100);
    assert.match((await build('a')).lines.join(), /wrote 4 rows/);

    packages = {
      ...packages,
      travail: await stock(PINNED.travail, { 'package/data/fiches-travail.json': labourSheets.slice(1) }),
    };
    assert.match((await build('a')).lines.join(), /wrote 3 rows/);
  });
});

test('a cut-off tarball is an error, not a shorter data set', async () => {
  const path = join(folder, 'cut.tgz');
  const bytes = await packTarball({ 'package/data/a.json': answer.repeat(50), 'package/data/b.json': 1 });
  await writeFile(path, bytes.subarray(0, bytes.length - 20));
  await assert.rejects(Readable.from(readTarball(path, /./)).toArray(), /unexpected end of/i);
});

/** Names from outside: one rule for records, manifests, the hub and archives, and one function that makes files by it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { ChampionStore } from '../../adapters/champion/champion-store.ts';
import { CheckpointStore } from '../../adapters/checkpoints/checkpoint-store.ts';
import { placeBelow, UnsafePathError } from '../../adapters/files/below.ts';
import { recordedInput } from '../../cli/reproduce/recorded-input.ts';
import { artifactRef, fileSet } from '../../contracts/artifact.ts';
import { parseHubSource } from '../../contracts/hub-source.ts';
import { clashOf, relativePathFault } from '../../contracts/relative-path.ts';
import { runFolder, runRecord } from '../../contracts/run-record.ts';
import { candidateOf } from '../fixtures/candidate.ts';
import { CLAIMANT } from '../fixtures/claimant.ts';
import { fakeRef } from '../fixtures/fake-ref.ts';
import { MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { runRecordOf } from '../fixtures/run-record.ts';

const HOSTILE: Readonly<Record<string, string>> = {
  nothing: '',
  'the folder above': '..',
  'a way out': '../../.bashrc',
  'a way out in the middle': 'a/../../b',
  'the folder itself': '.',
  'an idle part': 'a/./b',
  'an empty part': 'a//b',
  'a slash at the end': 'a/',
  'an absolute path': '/etc/passwd',
  'a drive of Windows': 'C:/Windows/system.ini',
  'a way out of Windows': '..\\..\\autoexec.bat',
  'a NUL': 'model\0.safetensors',
  'a line break': 'model\n.safetensors',
  'an escape sequence': 'a\u001b[2Jb',
  'a C1 control': 'a\u009bb',
  'half a surrogate pair': 'a\ud800b',
  'a device': 'con',
  'a device with an extension': '1_Pooling/Aux.json',
  'a device with a number': 'com1.safetensors',
  'a device with another number': 'lpt².txt',
  'a device behind a space': 'nul .txt',
  'a long name': 'é'.repeat(128),
  'a long path': 'abc/'.repeat(256) + 'd',
  'a deep path': 'a/'.repeat(32) + 'a',
};

const HARMLESS = [
  'model.safetensors',
  '1_Pooling/config.json',
  'onnx/model_qint8_avx512.onnx',
  '.cache/..data/…/été.txt',
  'console.json',
  'com10.txt',
  'runs/nightly%2F2026-11-24/0b5a/record.json',
  `embeddings/${'a'.repeat(64)}/${'b'.repeat(64)}.safetensors`,
];

describe('relativePathFault', () => {
  for (const [what, path] of Object.entries(HOSTILE))
    it(`refuses ${what}`, () => assert.notEqual(relativePathFault(path), null));

  it('takes what models, keys and repositories are made of', () => {
    for (const path of HARMLESS) assert.equal(relativePathFault(path), null, path);
  });

  it('takes no path that leads out of the folder that it is joined to', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'a', '/', '\\', '\0', '~', 'C:', ' '),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom('/', ''), (parts, separator) => {
        const path = parts.join(separator);
        if (relativePathFault(path) !== null) return;
        assert.ok(resolve('/folder', path).startsWith(`/folder${sep}`), path);
        assert.equal(resolve('/folder', path), `/folder/${path}`, 'it names one file only');
      }),
      { numRuns: 500 },
    );
  });
});

describe('clashOf', () => {
  it('finds two paths of which some file system keeps one', () => {
    const clashes: [string, string][] = [
      ['model.onnx', 'model.onnx'],
      ['README.md', 'readme.MD'],
      ['\u00e9.txt', 'e\u0301.txt'],
      ['stra\u00dfe', 'STRASSE'],
      ['a/b', 'A'],
      ['a', 'A/b/c'],
    ];
    for (const [one, other] of clashes) {
      assert.deepEqual(clashOf([one, 'between', other]), [one, other]);
      assert.deepEqual(clashOf([other, one]), [other, one]);
    }
    assert.equal(clashOf(['a/b', 'a/c', 'b', 'ab']), null);
  });
});

describe('schemas of what comes from outside', () => {
  it('refuse a folder with an unsafe path, or with two of which one would replace the other', () => {
    const setOf = (...paths: string[]) => ({
      digest: fakeRef('set').sha256,
      files: paths.map((path) => ({ path, ...fakeRef(path) })),
    });
    assert.ok(fileSet.safeParse(setOf('model.onnx', '1_Pooling/config.json')).success);
    for (const path of Object.values(HOSTILE)) assert.ok(!fileSet.safeParse(setOf(path)).success, path);
    assert.ok(!fileSet.safeParse(setOf('model.onnx', 'Model.onnx')).success);
  });

  it('take an artifact at the key of its digest alone: no other object is read, or removed, in its name', () => {
    const { key, ...ref } = fakeRef('rows');
    assert.ok(artifactRef.safeParse({ key, ...ref }).success);
    for (const forged of [fakeRef('other').key, 'models/champion.json', '../secret', `${key}/..`, `/${key}`, ''])
      assert.ok(!artifactRef.safeParse({ key: forged, ...ref }).success, forged);
  });

  it('refuse a record whose history, guard set or base model would lead elsewhere', () => {
    const record = runRecordOf();
    const { sources, temporal } = record;
    const { history } = temporal;
    assert.ok(runRecord.safeParse(record).success);
    const [file] = sources.model.files;
    const forged = [
      { ...record, temporal: { ...temporal, history: { ...history, key: 'runs/../../history.json' } } },
      { ...record, temporal: { ...temporal, history: { ...history, key: 'models/champion.json' } } },
      { ...record, sources: { ...sources, guards: { '../guard': sources.data } } },
      { ...record, sources: { ...sources, model: { ...sources.model, files: [{ ...file, path: '../model' }] } } },
      { ...record, artifacts: { index: { ...fakeRef('index'), key: 'gc/condemned.json' } } },
    ];
    for (const one of forged) assert.ok(!runRecord.safeParse(one).success);
  });

  it('refuse a champion with a file that leads elsewhere', async () => {
    const store = new MemoryObjectStore();
    const candidate = candidateOf('nightly');
    await new ChampionStore(store).promote(candidate, { expected: null, by: 'gate', note: null, at: new Date() });
    const key = 'models/champion.json';
    const path = candidate.encoder.files.files[0]?.path ?? '';
    store.damage(
      key,
      (body) => new Uint8Array(Buffer.from(Buffer.from(body).toString().replaceAll(path, '../up.onnx'))),
    );
    await assert.rejects(new ChampionStore(store).read(), { name: 'ChampionError' });
  });

  it('refuse a revision or a path of the hub that would leave its cache', () => {
    assert.ok(parseHubSource('hf://datasets/legal/kit@refs%2Fpr%2F3/data/train.parquet'));
    for (const end of ['@..%2F..%2Fx', '@%2Fetc', '@a%00b', '/../x.parquet', '/a//b.parquet'])
      assert.equal(parseHubSource(`hf://datasets/legal/kit${end}`), null, end);
  });
});

describe('runFolder', () => {
  it('gives each workflow ID one folder below runs/, whatever the ID is made of', () => {
    for (const workflowId of ['.', '..', '../..', 'a/b', '/', 'nightly', '%2E'])
      for (const runId of ['0b5a', '..', '../x'])
        assert.match(runFolder({ workflowId, runId }), /^runs\/(?!\.{1,2}\/)[^/]+\/(?!\.{1,2}\/)[^/]+\/$/);
    assert.notEqual(runFolder({ workflowId: '.', runId: '1' }), runFolder({ workflowId: '%2E', runId: '1' }));
  });
});

describe('files by names from outside', () => {
  let root: string;
  let folder: string;
  let outside: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'veille-names-'));
    [folder, outside] = [join(root, 'folder'), join(root, 'outside')];
    for (const path of [folder, outside]) mkdirSync(path);
    writeFileSync(join(outside, 'kept'), 'as it was');
  });

  /** Nothing outside was made, removed or overwritten. */
  function assertUntouched(): void {
    assert.deepEqual(readdirSync(root).sort(), ['folder', 'outside']);
    assert.deepEqual(readdirSync(outside), ['kept']);
    assert.equal(readFileSync(join(outside, 'kept'), 'utf8'), 'as it was');
  }

  it('are made below the folder, with the folders on their way', async () => {
    assert.equal(await placeBelow(folder, 'a/b/c'), join(folder, 'a/b/c'));
    assert.ok(existsSync(join(folder, 'a/b')));
    for (const path of Object.values(HOSTILE)) await assert.rejects(placeBelow(folder, path), UnsafePathError, path);
    assertUntouched();
  });

  it('are made through no link that somebody has planted on their way, and through no file', async () => {
    symlinkSync(outside, join(folder, 'planted'));
    symlinkSync(join(outside, 'nowhere'), join(folder, 'dangling'));
    writeFileSync(join(folder, 'file'), '');
    for (const path of ['planted/kept', 'planted/new/file', 'dangling/x', 'file/x'])
      await assert.rejects(placeBelow(folder, path), UnsafePathError, path);
    assertUntouched();
  });

  it('replace a link that stands in their place, and not what it names', async () => {
    symlinkSync(join(outside, 'kept'), join(folder, 'model.onnx'));
    const artifacts = new ArtifactStore(new MemoryObjectStore(), join(root, 'folder', 'cache'));
    const ref = await artifacts.putBytes(Buffer.from('weights'));
    await artifacts.getFolder({ digest: ref.sha256, files: [{ path: 'model.onnx', ...ref }] }, folder);
    assert.equal(readFileSync(join(folder, 'model.onnx'), 'utf8'), 'weights');
    assertUntouched();
  });

  it('are refused as a whole where one of them is unsafe, in a folder and in the input of a reproduction', async () => {
    const artifacts = new ArtifactStore(new MemoryObjectStore(), join(folder, 'cache'));
    const ref = await artifacts.putBytes(Buffer.from('stolen'));
    const model = {
      digest: ref.sha256,
      files: [
        { path: 'modules.json', ...ref },
        { path: '../../outside/kept', ...ref },
      ],
    };
    await assert.rejects(artifacts.getFolder(model, join(folder, 'model')), UnsafePathError);
    const record = runRecordOf();
    const forged = { ...record, sources: { ...record.sources, data: { ...ref, format: 'csv' as const }, model } };
    await assert.rejects(recordedInput(artifacts, forged, join(folder, 'inputs')), UnsafePathError);
    assert.ok(!existsSync(join(folder, 'model')));
    assertUntouched();
  });

  it('are no checkpoint where the manifest names files elsewhere, and nothing elsewhere is removed', async () => {
    const store = new MemoryObjectStore();
    const key = 'a'.repeat(64);
    const saved = new CheckpointStore(store, key);
    await saved.claim(CLAIMANT);
    const checkpoint = { step: 10, memoryMicroBatch: null, folder: outside };
    await saved.save(checkpoint);
    await store.putIfAbsent('models/champion.json', Buffer.from('champion'));
    const latest = `checkpoints/${key}/latest.json`;
    const forge = (from: RegExp, to: string): void =>
      store.damage(latest, (body) => new Uint8Array(Buffer.from(Buffer.from(body).toString().replace(from, to))));
    for (const [from, to] of [
      [/"path":"kept"/, '"path":"../../outside/kept"'],
      [/"key":"checkpoints[^"]*"/, '"key":"models/champion.json"'],
    ] as const) {
      forge(from, to);
      const next = new CheckpointStore(store, key);
      await next.claim(CLAIMANT);
      assert.equal(await next.download(join(folder, 'resume'), () => {}), null);
      await next.save(checkpoint);
    }
    assert.ok(store.keys().includes('models/champion.json'));
    assertUntouched();
  });
});

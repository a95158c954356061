/** The code that computes outside the worker is part of the keys of what it computes. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exportStep } from '../../activities/export-encoder.ts';
import { fineTuneStep } from '../../activities/fine-tune.ts';
import { codeDigests, copyTrainer, type CodeDigests } from '../../adapters/machine/code-digests.ts';
import type { FineTuneInput } from '../../contracts/activities.ts';
import { parseRetrainInput } from '../../contracts/parse-input.ts';
import { exportInput, fineTuneInput } from '../../contracts/step-inputs.ts';
import { stepKey } from '../../core/step-key.ts';
import { fakeFileSet, fakeRef } from '../fixtures/fake-ref.ts';
import { ROOT } from '../fixtures/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'veille-code-'));
const source = join(folder, 'trainer', 'src');
let base: CodeDigests;

before(async () => {
  cpSync(`${ROOT}trainer/src`, source, { recursive: true });
  cpSync(`${ROOT}trainer/requirements.lock`, join(folder, 'trainer', 'requirements.lock'));
  cpSync(`${ROOT}package-lock.json`, join(folder, 'package-lock.json'));
  base = await codeDigests(folder, source);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The digests with a file changed, which is put back. */
async function changed(path: string, change: (text: string) => string): Promise<CodeDigests> {
  const file = join(folder, path);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, change(text));
  try {
    return await codeDigests(folder, source);
  } finally {
    writeFileSync(file, text);
  }
}

describe('the digests of the code', () => {
  it('are the same wherever the repository lies, and whatever Python has compiled', async () => {
    mkdirSync(join(source, 'veille_trainer', '__pycache__'), { recursive: true });
    writeFileSync(join(source, 'veille_trainer', '__pycache__', 'loss.cpython-311.pyc'), 'compiled');
    assert.deepEqual(await codeDigests(folder, source), base);
    assert.deepEqual(await codeDigests(ROOT, `${ROOT}trainer/src`), base);
  });

  it('change with any file of the trainer, and with the locked version of what it computes with', async () => {
    const edited = await changed('trainer/src/veille_trainer/loss.py', (text) => `${text}\n`);
    assert.notEqual(edited.trainer, base.trainer);
    for (const name of ['torch', 'transformers', 'sentence-transformers', 'peft', 'numpy', 'onnx']) {
      const raised = await changed('trainer/requirements.lock', (text) =>
        text.replace(new RegExp(`^${name}==\\S+`, 'm'), `${name}==99.0`),
      );
      assert.notEqual(raised.trainer, base.trainer, name);
    }
    const other = await changed('trainer/requirements.lock', (text) => text.replace(/^wandb==\S+/m, 'wandb==99.0'));
    assert.deepEqual(other, base, 'W&B computes nothing');
  });

  it('change with the locked version of what encodes texts in the worker', async () => {
    for (const name of ['onnxruntime-node', 'tokenizers']) {
      const raised = await changed('package-lock.json', (text) => {
        const lock = JSON.parse(text) as { packages: Record<string, { version: string }> };
        (lock.packages[`node_modules/${name}`] as { version: string }).version = '99.0.0';
        return JSON.stringify(lock);
      });
      assert.notEqual(raised.runtime, base.runtime, name);
      assert.equal(raised.trainer, base.trainer);
    }
  });

  it('are in the keys of exports and trainings', () => {
    const config = parseRetrainInput({});
    const model = fakeFileSet('model.safetensors');
    const dev = { ...fakeRef('dev'), rows: 8 };
    const training: FineTuneInput = fineTuneInput(config, model, fakeRef('train'), { dev });
    const keysOf = (code: CodeDigests): string[] => [
      stepKey(exportStep(exportInput(config, model, null), code).identity),
      stepKey(fineTuneStep(training, code, { device: 'cpu', precision: 'fp32' }).identity),
    ];
    const [exported, trained] = keysOf(base);
    const [exportedAnew, trainedAnew] = keysOf({ ...base, trainer: '0'.repeat(64) });
    assert.notEqual(exported, exportedAnew);
    assert.notEqual(trained, trainedAnew);
    const [otherRuntime, sameTraining] = keysOf({ ...base, runtime: '0'.repeat(64) });
    assert.notEqual(exported, otherRuntime);
    assert.equal(trained, sameTraining);
  });
});

describe('the copy of the trainer', () => {
  it('stays what it was when the original is edited, and has its digest', async () => {
    const copy = await copyTrainer(source, join(folder, 'copy'));
    const edited = await changed('trainer/src/veille_trainer/loss.py', (text) => `${text}\n`);
    assert.notEqual(edited.trainer, base.trainer);
    assert.deepEqual(await codeDigests(folder, copy), base);
    assert.ok(!existsSync(join(copy, 'veille_trainer', '__pycache__')));
  });
});

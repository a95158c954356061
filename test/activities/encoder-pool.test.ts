/** `EncoderPool`: what is closed and opened again at the same time does not disturb itself. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EncoderPool, type EncoderPoolOptions } from '../../activities/encoder-pool.ts';
import type { Encoder } from '../../adapters/encoder/encoder.ts';
import type { EncoderRef } from '../../contracts/steps.ts';
import { activityDeps, runActivity } from '../fixtures/activity-deps.ts';
import { encoderRefOf } from '../fixtures/encoder-ref.ts';

/** An encoder that takes as long to be closed as the test wants. */
class SlowEncoder implements Encoder {
  readonly dimensions = 2;
  readonly maxSeqLength = 8;
  readonly folder: string;
  readonly disposing: Promise<void>;
  #beginDisposing = (): void => {};
  /** Lets it be closed. */
  finish = (): void => {};
  readonly #mayDispose = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(folder: string) {
    this.folder = folder;
    this.disposing = new Promise((resolve) => (this.#beginDisposing = resolve));
  }

  hasFiles(): boolean {
    return existsSync(join(this.folder, 'model.onnx'));
  }

  async encode() {
    return { embeddings: new Float32Array(), truncated: 0 };
  }

  async dispose(): Promise<void> {
    this.#beginDisposing();
    await this.#mayDispose;
  }
}

async function pooled(options: Partial<EncoderPoolOptions> = {}) {
  const deps = activityDeps();
  const opened: SlowEncoder[] = [];
  const create = async ({ folder }: { readonly folder: string }): Promise<Encoder> => {
    const encoder = new SlowEncoder(folder);
    opened.push(encoder);
    return encoder;
  };
  const folder = join(deps.folder, 'encoders');
  const pool = new EncoderPool(deps.artifacts, { folder, threads: 1, create, ...options });
  const refs: EncoderRef[] = [];
  for (const name of ['a', 'b']) {
    const model = join(deps.folder, name);
    await writeFile(model, name);
    const file = await deps.artifacts.putFile(model);
    const files = { digest: file.sha256, files: [{ path: 'model.onnx', ...file }] };
    refs.push(encoderRefOf(files, { dimensions: 2, maxSeqLength: 8 }));
  }
  const use = async (ref: EncoderRef, work: (encoder: Encoder) => Promise<void>): Promise<void> =>
    runActivity(async () => pool.use(ref, work), null);
  return { pool, folder, opened, use, a: refs[0]!, b: refs[1]! };
}

describe('EncoderPool', () => {
  it('keeps the files of an encoder that is opened while the same one is being closed', async () => {
    const { pool, opened, use, a } = await pooled();
    await use(a, async () => {});
    const closing = pool.closeUnused();
    await opened[0]!.disposing;
    await use(a, async () => {
      opened[0]!.finish();
      await closing;
      assert.equal(opened.length, 2);
      assert.ok(opened[1]!.hasFiles());
      assert.ok(!opened[0]!.hasFiles());
    });
  });

  it('keeps them as well where a third encoder pushed it out', async () => {
    const { opened, use, a, b } = await pooled({ capacity: 1 });
    await use(a, async () => {});
    const other = use(b, async () => {});
    await opened[0]!.disposing;
    const again = use(a, async () => {
      opened[0]!.finish();
      await other;
      assert.ok(opened.at(-1)!.hasFiles());
    });
    await again;
  });

  it('leaves no folder of what it closed or could not open', async () => {
    const { pool, folder, opened, use, a } = await pooled();
    await use(a, async () => {});
    opened[0]!.finish();
    await pool.dispose();
    assert.deepEqual(readdirSync(folder), []);
    const failing = await pooled({ create: async () => assert.fail('no such device') });
    await assert.rejects(failing.use(failing.a, async () => {}));
    assert.deepEqual(readdirSync(failing.folder), []);
  });
});

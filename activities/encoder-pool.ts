/** Encoders that this worker has loaded: opened on first use, the least recently used one closed for a new one. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { createEncoder } from '../adapters/encoder/create-encoder.ts';
import type { Encoder } from '../adapters/encoder/encoder.ts';
import type { EncoderRef } from '../contracts/steps.ts';

export interface EncoderPoolOptions {
  /** Where encoder folders are laid out. */
  readonly folder: string;
  /** CPU threads of one encoder. */
  readonly threads: number;
  /** Sessions that share them; undefined chooses by the model's size. */
  readonly sessions?: number | undefined;
  /** Encoders kept open: the base model's and the fine-tuned one's of one run. @default 2 */
  readonly capacity?: number;
  /** Opens an encoder from its folder. @default createEncoder */
  readonly create?: typeof createEncoder;
}

interface OpenedEncoder {
  readonly encoder: Encoder;
  /** Of this opening alone: one that is still being closed has another. */
  readonly folder: string;
}

interface Slot {
  readonly opened: Promise<OpenedEncoder>;
  users: number;
}

export class EncoderPool {
  readonly #artifacts: ArtifactStore;
  readonly #options: EncoderPoolOptions;
  /** By digest, least recently used first. */
  readonly #slots = new Map<string, Slot>();

  constructor(artifacts: ArtifactStore, options: EncoderPoolOptions) {
    this.#artifacts = artifacts;
    this.#options = options;
  }

  /** Runs `work` with the encoder, which stays open at least that long. */
  async use<R>(ref: EncoderRef, work: (encoder: Encoder) => Promise<R>): Promise<R> {
    const slot = this.#slots.get(ref.digest) ?? { opened: this.#open(ref), users: 0 };
    this.#slots.delete(ref.digest);
    this.#slots.set(ref.digest, slot);
    slot.users++;
    try {
      await this.#closeIdle();
      return await work((await slot.opened).encoder);
    } catch (error) {
      // What could not be opened, or broke, is opened anew next time.
      if (!(await isOpen(slot)) && this.#slots.get(ref.digest) === slot) this.#slots.delete(ref.digest);
      throw error;
    } finally {
      slot.users--;
    }
  }

  /** Closes the encoders that nobody uses now: a training needs the memory that they hold on the same GPU. */
  async closeUnused(): Promise<void> {
    const unused = [...this.#slots].filter(([, { users }]) => users === 0);
    for (const [digest] of unused) this.#slots.delete(digest);
    await Promise.all(unused.map(async ([, slot]) => close(slot)));
  }

  /** Closes all encoders. */
  async dispose(): Promise<void> {
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    await Promise.all(slots.map(close));
  }

  async #open(ref: EncoderRef): Promise<OpenedEncoder> {
    Context.current().log.info('loading an encoder', { encoder: ref.digest });
    await mkdir(this.#options.folder, { recursive: true });
    const folder = await mkdtemp(join(this.#options.folder, `${ref.digest}-`));
    try {
      await this.#artifacts.getFolder(ref.files, folder);
      return { encoder: await this.#create(ref, folder), folder };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async #create(ref: EncoderRef, folder: string): Promise<Encoder> {
    const { log } = Context.current();
    const { threads, sessions, create = createEncoder } = this.#options;
    return create({
      folder,
      threads,
      executionProvider: ref.device,
      onSmallerBatches: (tokensPerBatch): void => {
        log.warn('memory does not hold a batch: smaller ones from now on', { encoder: ref.digest, tokensPerBatch });
      },
      ...(sessions === undefined ? {} : { sessions }),
    });
  }

  async #closeIdle(): Promise<void> {
    const { capacity = 2 } = this.#options;
    for (const [digest, slot] of this.#slots) {
      if (this.#slots.size <= capacity) return;
      if (slot.users > 0) continue;
      this.#slots.delete(digest);
      await close(slot);
    }
  }
}

async function isOpen({ opened }: Slot): Promise<boolean> {
  return opened.then(
    () => true,
    () => false,
  );
}

/** What could not be opened has nothing to close. */
async function close({ opened }: Slot): Promise<void> {
  const { encoder, folder } = await opened.catch(() => ({ encoder: null, folder: null }));
  await encoder?.dispose();
  if (folder !== null) await rm(folder, { recursive: true, force: true });
}

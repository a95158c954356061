/** The encoder's sessions: the least busy one takes the next batch, and one that crashed is opened anew. */
import { EncoderError } from './encoder-error.ts';
import type { PaddedBatch } from './session-protocol.ts';
import type { Session } from './session.ts';

export class SessionPool {
  readonly #open: () => Promise<Session>;
  readonly #sessions: (Promise<Session> | undefined)[];
  #disposed = false;

  /** @param open starts one session; called when a batch needs it. */
  constructor(size: number, open: () => Promise<Session>) {
    this.#open = open;
    this.#sessions = Array.from({ length: size });
  }

  get size(): number {
    return this.#sessions.length;
  }

  /**
   * Opens every session that is not open.
   *
   * @throws EncoderError as `openSession` does, and `disposed`.
   */
  async ready(): Promise<Session[]> {
    if (this.#disposed) throw new EncoderError('disposed', 'The encoder has been disposed: create another');
    return Promise.all(this.#sessions.map(async (_, index) => this.#session(index)));
  }

  /** Embeddings of a batch, float32 [rows, dimensions]. Throws as `ready` and `Session.run` do. */
  async run(batch: PaddedBatch): Promise<Float32Array<ArrayBuffer>> {
    const sessions = await this.ready();
    const idlest = sessions.reduce((best, session) => (session.inFlight < best.inFlight ? session : best));
    return idlest.run(batch);
  }

  /** Ends all threads, after the batches that they have. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const opened = await Promise.allSettled(this.#sessions.filter((session) => session !== undefined));
    await Promise.all(opened.map(async (session) => session.status === 'fulfilled' && session.value.close()));
  }

  async #session(index: number): Promise<Session> {
    const current = this.#sessions[index];
    const session = await current?.catch(() => null);
    if (session?.alive) return session;
    // Another call may have opened one while this one waited.
    if (this.#sessions[index] === current) this.#sessions[index] = this.#open();
    return this.#sessions[index] ?? this.#open();
  }
}

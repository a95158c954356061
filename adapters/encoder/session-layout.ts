/** How many ONNX sessions share an encoder's threads: by measurement, several of one thread wherever memory allows. */
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { exists } from '../artifacts/local-files.ts';

export interface SessionLayout {
  /** Sessions side by side. */
  readonly sessions: number;
  /** Threads of one session's matrix products. */
  readonly threadsEach: number;
}

/**
 * What a session is given, as a multiple of the weights in its file: packed copies of those of products (of BGE-M3's
 * 2.3 GB, 1.2 GB), and activations. The file is mapped, so that sessions share what they read there, as the vocabulary's
 * vectors.
 */
const MEMORY_PER_WEIGHT_BYTE = 2;

/** Share of the memory that may go to sessions. */
const MEMORY_SHARE = 1 / 4;

/**
 * Sessions of one thread never wait for each other: they encode 4 to 16 % more texts a second than one session on all
 * threads of an idle machine, and a quarter more beside other work (`npm run bench -- encode`). Each has weights of
 * its own, so a large model gets fewer sessions with more threads.
 *
 * @param modelBytes size of the ONNX file with its external data
 * @param memoryBytes memory of the machine or of its container
 */
export function layoutOf(threads: number, modelBytes: number, memoryBytes: number): SessionLayout {
  const affordable = Math.floor((memoryBytes * MEMORY_SHARE) / (modelBytes * MEMORY_PER_WEIGHT_BYTE));
  let sessions = Math.max(1, Math.min(threads, affordable));
  // So that no thread is left over.
  while (threads % sessions !== 0) sessions--;
  return { sessions, threadsEach: threads / sessions };
}

/** Bytes of an ONNX model and of the external data beside it. */
export async function modelBytesOf(model: string): Promise<number> {
  const data = `${model}.data`;
  const sizes = await Promise.all([model, ...((await exists(data)) ? [data] : [])].map((path) => stat(path)));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** Memory that this process may use: the machine's, or its container's where that is less. */
export function availableMemory(): number {
  // Without a limit it is 0, or larger than any machine.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

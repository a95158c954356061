/** A local safetensors file, of which one tensor at a time is in memory. */
import { open, type FileHandle } from 'node:fs/promises';
import { parseHeader, SafetensorsError } from '../../core/safetensors.ts';

export interface TensorFile {
  readonly names: readonly string[];

  /**
   * Elements of a float32 tensor.
   *
   * @throws RangeError when there is no such tensor
   */
  read(name: string): Promise<Float32Array>;

  close(): Promise<void>;
}

/** Of the length of the header, little-endian. */
const LENGTH_BYTES = 8;
/** Node reads less than 2 GiB a call. */
const MOST_BYTES_A_READ = 2 ** 30;

/** @throws SafetensorsError when it is no such file */
export async function openTensors(path: string): Promise<TensorFile> {
  const file = await open(path);
  try {
    const length = new DataView((await readBytes(file, 0, LENGTH_BYTES)).buffer).getBigUint64(0, true);
    const { bytes, tensors } = parseHeader(await readBytes(file, 0, LENGTH_BYTES + Number(length)));
    return {
      names: [...tensors.keys()],
      async read(name) {
        const tensor = tensors.get(name);
        if (!tensor) throw new RangeError(`there is no tensor ${name}`);
        const [start, end] = tensor.offsets;
        return new Float32Array((await readBytes(file, bytes + start, bytes + end)).buffer);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws SafetensorsError when the file ends before */
async function readBytes(file: FileHandle, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await file.stat();
  if (end > size) throw new SafetensorsError(`the file has ${size} bytes, and ${end} are told of`);
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length; done += MOST_BYTES_A_READ)
    await file.read(bytes, done, Math.min(MOST_BYTES_A_READ, bytes.length - done), start + done);
  return bytes;
}

/** The processor: its model, and the vector extensions that numerical libraries choose their kernels by. */
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** As Linux names them; others say nothing about which kernel oneDNN, MLAS or FAISS takes. */
const EXTENSIONS =
  /^(sse4_2|avx|avx2|fma|f16c|avx_vnni|avx512(f|bw|cd|dq|vl|_vnni|_bf16|_fp16)|amx_(tile|int8|bf16)|asimd|asimdhp|asimddp|sve|sve2|i8mm|bf16)$/;

export async function describeCpu(): Promise<{ readonly model: string; readonly instructionSets: string[] }> {
  // Only Linux has the file; elsewhere the model has to do.
  const listing = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(listing)?.[1] ?? '';
  return {
    model: cpus()[0]?.model.trim() || process.arch,
    instructionSets: flags
      .split(/\s+/)
      .filter((flag) => EXTENSIONS.test(flag))
      .sort(),
  };
}

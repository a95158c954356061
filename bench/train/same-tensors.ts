/** Whether two safetensors files hold the same tensors, whatever their order and their headers. */
import { parseHeader } from '../../core/safetensors.ts';

export function haveSameTensors(a: Uint8Array, b: Uint8Array): boolean {
  const [ours, theirs] = [tensorsOf(a), tensorsOf(b)];
  return ours.size === theirs.size && [...ours].every(([name, bytes]) => theirs.get(name) === bytes);
}

/** Base64 of each tensor's bytes, by its name. */
function tensorsOf(file: Uint8Array): Map<string, string> {
  const { bytes, tensors } = parseHeader(file);
  const base64 = ([start, end]: readonly [number, number]): string =>
    Buffer.from(file.subarray(bytes + start, bytes + end)).toString('base64');
  return new Map([...tensors].map(([name, { offsets }]) => [name, base64(offsets)]));
}

/** The short digest by which vectors name long integer results. */
import { createHash } from 'node:crypto';

/** First 16 hexadecimal digits of the sha256 of the values as little-endian int32. */
export function digest(values: Int32Array<ArrayBuffer>): string {
  return createHash('sha256').update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).digest('hex').slice(0, 16);
}

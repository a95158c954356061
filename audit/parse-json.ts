/** JSON that may be damaged. */

/** Null where the bytes are no JSON, or there are none. */
export function parseJson(body: Uint8Array | null): unknown {
  if (!body) return null;
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}

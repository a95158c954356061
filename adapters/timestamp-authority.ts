/** Asks an authority for time stamps (RFC 3161 over HTTP). */

/** Somebody else's server: a run that has come to its record must not wait longer for it. */
const TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;
/** A stamp with a chain of certificates has some kilobytes. */
const MOST_BYTES = 64 << 10;

/** The authority does not answer, or answers something else. */
export class TimestampAuthorityError extends Error {
  override readonly name = 'TimestampAuthorityError';
}

/**
 * @param query `TimeStampReq` in DER
 * @returns `TimeStampResp` in DER, as it was answered
 * @throws TimestampAuthorityError after some attempts
 */
export async function askForTimestamp(url: string, query: Uint8Array): Promise<Uint8Array> {
  const problems: string[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await ask(url, query);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new TimestampAuthorityError(`${new URL(url).origin} gave no time stamp: ${problems.at(-1)}`);
}

async function ask(url: string, query: Uint8Array): Promise<Uint8Array> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: new Uint8Array(query),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) throw new TimestampAuthorityError(`it answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new TimestampAuthorityError(`its answer has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

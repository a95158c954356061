/** An HTTP endpoint that is told of something, such as Slack's incoming webhooks. */

/** Somebody else's server: a run must not wait longer for it. */
const TIMEOUT_MS = 10_000;
/** Slack's refusals are one word, such as `invalid_payload`; whatever else is answered might repeat the address. */
const REFUSAL = /^[a-z_]{1,64}$/;
const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;

/** The endpoint did not take a message. Neither message nor cause tell its address, which is a secret. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  /** Whether the same message may be taken later. */
  readonly isTransient: boolean;
  /** Milliseconds that the endpoint asks to wait; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, isTransient: boolean, retryAfterMs: number | null = null) {
    super(message);
    this.isTransient = isTransient;
    this.retryAfterMs = retryAfterMs;
  }
}

export class Webhook {
  /** Private to the language, so that neither JSON nor a log shows it. */
  readonly #url: string;
  readonly #timeoutMs: number;

  constructor(url: string, timeoutMs = TIMEOUT_MS) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends `message` as JSON, once.
   *
   * @param idempotencyKey the same for each try, so that an endpoint that looks at it takes the message once; ASCII
   * @throws WebhookError when it is not taken
   */
  async post(message: object, idempotencyKey: string): Promise<void> {
    const response = await this.#send(JSON.stringify(message), idempotencyKey);
    const { ok, status, headers } = response;
    if (ok) {
      await response.body?.cancel();
      return;
    }
    const word = await firstWord(response);
    const isTransient = status >= 500 || status === REQUEST_TIMEOUT || status === TOO_MANY_REQUESTS;
    const answer = `the webhook answers ${status}${word === null ? '' : ` ${word}`}`;
    throw new WebhookError(answer, isTransient, millisecondsOf(headers.get('retry-after')));
  }

  async #send(body: string, idempotencyKey: string): Promise<Response> {
    try {
      return await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
        body,
        // Elsewhere the message, or what is secret in the address, is not meant for.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
    } catch (error) {
      throw failedSending(error, this.#timeoutMs);
    }
  }
}

/** Without the error as its cause: it may quote the address. */
function failedSending(error: unknown, timeoutMs: number): WebhookError {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return new WebhookError(`the webhook has not answered within ${timeoutMs / 1_000} s`, true);
  const { cause } = error as { cause?: { code?: unknown } };
  // fetch has a cause for what the network did, and none for an address that it does not take.
  if (cause === undefined) return new WebhookError('the address of the webhook can not be used', false);
  const code = typeof cause.code === 'string' ? cause.code : 'the connection failed';
  return new WebhookError(`the webhook does not answer: ${code}`, true);
}

/** The answer, where it is a word; reads no more of it than arrives at once. */
async function firstWord(response: Response): Promise<string | null> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  const chunk = await reader?.read().catch(() => null);
  await reader?.cancel().catch(() => {});
  const text = chunk?.value ? new TextDecoder().decode(chunk.value).trim() : '';
  return REFUSAL.test(text) ? text : null;
}

/** @param retryAfter a number of seconds; the header's other form, a date, is left to the caller's own pace */
function millisecondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : null;
}

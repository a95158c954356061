/** What surrounds requests to services outside: who may end them, and who hears what is waited for. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestScope {
  /** Ends requests at once: nobody wants their answers any more. */
  readonly signal?: AbortSignal;
  /** Lets a try that is under way come to its end; none follows. */
  readonly lastTry?: AbortSignal;
  /** Called with what a request waits for, again when that changes, and with null once the wait is over. */
  readonly onWait?: (request: symbol, what: string | null) => void;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** Of the caller; empty where nobody has set one. */
export function requestScope(): RequestScope {
  return scopes.getStore() ?? {};
}

/** Runs `work` with a scope; what it leaves out is that of the caller. */
export function withRequestScope<R>(scope: RequestScope, work: () => Promise<R>): Promise<R> {
  return scopes.run({ ...requestScope(), ...scope }, work);
}

/** Runs `work` for several callers: the end of the one that asked first does not end it. */
export function withoutRequestScope<R>(work: () => Promise<R>): Promise<R> {
  return scopes.run({}, work);
}

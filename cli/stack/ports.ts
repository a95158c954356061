/** Which TCP ports the stack's servers listen on, all of them on 127.0.0.1. */
import { createServer } from 'node:net';
import getPort from 'get-port';
import { portHolder } from './port-holder.ts';

export const LOOPBACK = '127.0.0.1';

/** Those that a person or another program calls; `flag` is the option of `veille dev` that changes it. */
const PUBLIC_PORTS = {
  temporal: { port: 7233, purpose: 'Temporal server', flag: '--temporal-port' },
  ui: { port: 8233, purpose: 'Temporal UI', flag: '--ui-port' },
  s3: { port: 8333, purpose: 'S3 server', flag: '--s3-port' },
} as const;

export type PublicPort = keyof typeof PUBLIC_PORTS;

/** 0 is any free port; one left out is the usual one. */
export type PortChoices = { readonly [name in PublicPort]?: number };

/** Free ports are taken from here: below those that Linux gives to outgoing connections, so that they stay free. */
const FREE_RANGE = { from: 20_000, to: 32_000 } as const;

/** A port that the stack needs is in use. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number, { purpose, flag }: { purpose: string; flag: string }) {
    super(
      `Port ${port}, for the ${purpose}, is taken by ${portHolder(port) ?? 'another process'}. ` +
        `Stop that process, or choose another port with ${flag}.`,
    );
    this.port = port;
  }
}

/** A port that this user may not listen on, as below 1024, or that there is not. */
export class PortRefusedError extends Error {
  override readonly name = 'PortRefusedError';

  constructor(port: number, { purpose, flag }: { purpose: string; flag: string }, code: string) {
    super(`Port ${port}, for the ${purpose}, can't be listened on (${code}). Choose another port with ${flag}.`);
  }
}

/**
 * @param freeWhereTaken instead of an error, take a free port and say so
 * @throws {PortTakenError}
 * @throws {PortRefusedError}
 */
export async function choosePort(
  name: PublicPort,
  choices: PortChoices,
  freeWhereTaken: boolean,
  log: (line: string) => void,
): Promise<number> {
  const usual = PUBLIC_PORTS[name];
  const wanted = choices[name] ?? usual.port;
  if (wanted === 0) return freePort();
  const fault = await portFault(wanted);
  if (fault === null) return wanted;
  if (fault !== 'EADDRINUSE') throw new PortRefusedError(wanted, usual, fault);
  const error = new PortTakenError(wanted, usual);
  if (!freeWhereTaken) throw error;
  const port = await freePort();
  log(`port ${wanted} is taken by ${portHolder(wanted) ?? 'another process'}: the ${usual.purpose} listens on ${port}`);
  return port;
}

/** Whether nothing listens on the port, on any address that 127.0.0.1 belongs to. */
export async function isFree(port: number): Promise<boolean> {
  return (await portFault(port)) === null;
}

/** Why the port can't be listened on, as the system's error code; null: it can. */
async function portFault(port: number): Promise<string | null> {
  const server = createServer();
  return new Promise<null>((resolve, reject) => {
    server.once('error', reject);
    // A number that is no port throws at once.
    server.listen({ port, host: LOOPBACK }, () => server.close(() => resolve(null)));
  }).catch(({ code = 'unknown' }: NodeJS.ErrnoException) => code);
}

/**
 * A port that nobody listens on and that this process was not given in the last seconds, since its user may still be
 * on its way up.
 *
 * @param alsoFree distance to another port that must be free as well
 */
export async function freePort(alsoFree = 0): Promise<number> {
  for (;;) {
    const candidate = FREE_RANGE.from + Math.floor(Math.random() * (FREE_RANGE.to - FREE_RANGE.from - alsoFree));
    const isOurs = (await getPort({ port: candidate, host: LOOPBACK })) === candidate;
    if (isOurs && (alsoFree === 0 || (await isFree(candidate + alsoFree)))) return candidate;
  }
}

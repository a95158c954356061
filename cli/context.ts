/** What a command is handed: where to write, and how to reach the services. */
import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import type { Client } from '@temporalio/client';
import type { WorkersHere } from './input/prepared-input.ts';
import { type Colors, terminalText } from './terminal-text.ts';
import { runPage } from '../contracts/run-page.ts';
import { fitLines } from './render/fit.ts';

export type { Colors } from './terminal-text.ts';

export interface Terminal {
  /** Results. */
  readonly out: Writable;
  /** Everything said beside the result. */
  readonly err: Writable;
  /** Whether `out` is a terminal that can redraw. */
  readonly isTTY: boolean;
  readonly colors: Colors;
  /** Width and height in characters, asked for each frame since a window may be resized. */
  size(): { readonly columns: number; readonly rows: number };
}

/** One Temporal namespace, connected to on demand. */
export interface TemporalAccess {
  /** host:port, for messages. */
  readonly address: string;
  readonly namespace: string;
  /** Base URL of the web UI without a trailing slash, or null where none is known. */
  readonly uiUrl: string | null;
  /**
   * The same client on every call.
   *
   * @throws {import('./exit.ts').UnreachableError} when the server does not answer.
   */
  client(): Promise<Client>;
  /** Closes the connection, if one was opened: it would keep the process alive. */
  close(): Promise<void>;
}

export interface CliContext {
  readonly terminal: Terminal;
  readonly temporal: TemporalAccess;
  /** `s3://bucket/prefix` without a trailing slash, before artifact keys. */
  readonly artifactsUrl: string;
  /** The local stack's workers, which see the same files; left out where workers may run elsewhere. */
  readonly workersHere?: WorkersHere;
  /**
   * Takes Ctrl-C and SIGTERM over from the default: the first aborts the signal, the second kills the process.
   * Called only by commands that have something to say or to stop.
   */
  interruptSignal(): AbortSignal;
}

/** Characters of a line, where the stream is a terminal; elsewhere nothing has to be broken. */
export function lineWidth(stream: Writable): number {
  return (stream as Partial<WriteStream>).columns ?? Infinity;
}

/**
 * Writes lines, each ended by a line feed, their control characters escaped; on a terminal, those that are too long are
 * broken between words.
 */
export function print(stream: Writable, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const shown = fitLines([terminalText(lines.join('\n'))], lineWidth(stream));
  stream.write(`${shown.join('\n')}\n`);
}

/** Writes a value as one JSON document, for programs. */
export function printJson(stream: Writable, value: unknown): void {
  stream.write(terminalText(`${JSON.stringify(value, null, 2)}\n`));
}

/** Address of a run's page in the Temporal UI, or null where no UI is known. */
export function runUrl(temporal: TemporalAccess, workflowId: string, runId: string): string | null {
  const { uiUrl, namespace } = temporal;
  return uiUrl === null ? null : runPage(uiUrl, namespace, { workflowId, runId });
}

/** JSON lines on standard output for the worker and for Temporal's core alike. */
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import { escapeControls } from '../contracts/quote.ts';
import type { WorkerConfig } from './config.ts';

/** Installs the logger for this process; call once, before anything of Temporal's. */
export function installLogging(level: WorkerConfig['logLevel'], worker: string): Logger {
  const logger = pino({ level, base: { worker, pid: process.pid }, hooks: { streamWrite: escapeControls } });
  const upper = level.toUpperCase() as LogLevel;
  Runtime.install({
    logger: new DefaultLogger(upper, ({ level: entryLevel, message, meta }) => {
      const name = entryLevel.toLowerCase() as WorkerConfig['logLevel'];
      logger[name](withErrors(meta ?? {}), message);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    // The worker's own handlers decide what a signal does.
    shutdownSignals: [],
  });
  return logger;
}

/** Errors have no enumerable fields: spell them out. */
function withErrors(meta: Record<string | symbol, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta).map(([name, value]) => [
      name,
      value instanceof Error ? { type: value.name, message: value.message, stack: value.stack } : value,
    ]),
  );
}

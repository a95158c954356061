/** Errors that end the command with a meaning: the exit code, and one readable message instead of a stack. */

/** The command's exit codes, as documented in `veille --help`. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** An error whose message is all that the user needs to see. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong: an unknown file, a malformed assignment, an ID that is taken. */
export class UsageError extends CliError {
  override readonly name: string = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options);
  }
}

/** No run has the workflow ID. */
export class RunNotFoundError extends UsageError {
  override readonly name = 'RunNotFoundError';
}

/** A run ended in another way than with a result. */
export class RunFailedError extends CliError {
  override readonly name = 'RunFailedError';

  constructor(message: string) {
    super(message, EXIT.failed);
  }
}

/** Temporal does not answer. */
export class UnreachableError extends CliError {
  override readonly name = 'UnreachableError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.unreachable, options);
  }
}

/** The user typed Ctrl-C; the message says what goes on without the command. */
export class InterruptedError extends CliError {
  override readonly name = 'InterruptedError';

  constructor(message: string) {
    super(message, EXIT.interrupted);
  }
}

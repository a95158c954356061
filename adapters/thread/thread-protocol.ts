/** What passes between a thread that runs one function and the code that waits for it, by structured clone. */

/** The thread's `workerData`. */
export interface ThreadCall {
  /** File URL of the module that exports the function. */
  readonly module: string;
  /** Name of the export. */
  readonly name: string;
  readonly parameters: readonly unknown[];
}

/** An error's own class does not survive the clone; its name and words do. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

export type ThreadAnswer = { readonly result: unknown } | { readonly error: ThreadError };

/** What people send to a run while it goes on. Types only: the workflow checks what arrives from the Temporal UI. */

/** Who does something to a run, and why. */
export interface Intervention {
  readonly by: string;
  readonly note?: string;
}

/** The answer to a run that waits for an approval. */
export interface Approval extends Intervention {
  /** False refuses the candidate. @default true */
  readonly approved?: boolean;
}

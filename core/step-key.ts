/** Cache keys: a step with the same code version, inputs and parameters has the same key, on any machine, in any year. */
import { digestOf } from './canonical.ts';

export interface StepIdentity {
  readonly name: string;
  /** Raised whenever the step's code would compute something else from the same inputs. */
  readonly version: number;
  /** Digest of what computes the step outside this code, such as the trainer and its packages; absent where nothing does. */
  readonly code?: string;
  /** Digests of what the step reads. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Everything else that changes the result. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Hex SHA-256 over the identity's canonical JSON. */
export function stepKey({ name, version, code, inputs, parameters }: StepIdentity): string {
  return digestOf({ name, version, ...(code === undefined ? {} : { code }), inputs, parameters });
}

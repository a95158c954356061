/** A check of the installation, and how checks are run. */

export type CheckState = 'ok' | 'warn' | 'fail';

export interface CheckResult {
  /** What was looked at, e.g. "FAISS binding". */
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly detail: string;
  /** What to do about it; null when it is ok. */
  readonly fix: string | null;
}

export interface Check {
  readonly name: string;
  /** What to do when {@link Check.look} throws. */
  readonly fix: string;
  /** @returns what was found, or the whole finding where a warning is possible. Throwing is failing. */
  look(): Promise<string | Omit<CheckResult, 'name'>>;
}

/** Runs checks side by side; the results stand in the order of the checks. */
export async function runChecks(checks: readonly Check[]): Promise<CheckResult[]> {
  return Promise.all(checks.map(runCheck));
}

async function runCheck(check: Check): Promise<CheckResult> {
  const { name, fix } = check;
  try {
    const found = await check.look();
    return typeof found === 'string' ? { name, state: 'ok', detail: found, fix: null } : { name, ...found };
  } catch (error) {
    return { name, state: 'fail', detail: error instanceof Error ? firstLine(error.message) : String(error), fix };
  }
}

/** A finding that is no obstacle, but that the user should know. */
export function warn(detail: string, fix: string): Omit<CheckResult, 'name'> {
  return { state: 'warn', detail, fix };
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

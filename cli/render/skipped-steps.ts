/** Steps that a run does without, in one sentence: most of them share their reason. */
import type { StepName } from '../../contracts/progress.ts';
import { oneLine } from './line.ts';

interface SkippedStep {
  readonly name: StepName;
  readonly state: string;
  readonly note?: string | null;
}

/** `Skipped: guard-reference, guard-tuned (gate.guards is empty); track (…).`; null where no step is skipped. */
export function skippedText(steps: readonly SkippedStep[]): string | null {
  const names = new Map<string, StepName[]>();
  for (const { name, state, note } of steps) {
    if (state === 'skipped') names.set(note ?? '', [...(names.get(note ?? '') ?? []), name]);
  }
  if (names.size === 0) return null;
  const groups = [...names].map(([note, group]) => `${group.join(', ')}${note === '' ? '' : ` (${oneLine(note)})`}`);
  return `Skipped: ${groups.join('; ')}.`;
}

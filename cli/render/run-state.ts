/** What a run waits for, where it waits for a person. */
import type { RunProgress } from '../../contracts/progress.ts';
import type { RunView } from '../observe/run-view.ts';
import { formatInstant } from './quantity.ts';

type Waits = Pick<RunProgress, 'paused' | 'approvalUntil'>;

/** What a person can end, a sentence each, with the command that ends it; none where the run goes on by itself. */
export function waitTexts({ workflowId, status, progress }: RunView): string[] {
  if (status !== 'running' || progress === null) return [];
  const { paused, approvalUntil } = progress;
  return [
    ...(paused === null ? [] : [`${capital(pausedText(paused))}. It goes on with: veille resume ${workflowId}`]),
    ...(approvalUntil === null
      ? []
      : [
          `${capital(approvalText(approvalUntil))}: veille approve ${workflowId}, with --refuse to keep things as they are`,
        ]),
  ];
}

/** `paused by ada since 2026-11-24 02:01:12Z: GPU maintenance`. */
export function pausedText({ by, note, since }: NonNullable<Waits['paused']>): string {
  return `paused by ${by} since ${formatInstant(since)}${note ? `: ${note}` : ''}`;
}

/** `waits for an approval until 2026-11-24 14:01:12Z`. */
export function approvalText(until: number): string {
  return `waits for an approval until ${formatInstant(until)}`;
}

/** One clause on what it does now, for messages: `it is at fine-tune and embed-base`. */
export function doingText({ status, progress }: Pick<RunView, 'status' | 'progress'>): string {
  if (status !== 'running') return `it has ended: ${status}`;
  if (progress === null) return 'no worker answers for it';
  const running = progress.steps.filter(({ state }) => state === 'running').map(({ name }) => name);
  const steps = running.length > 0 ? `it is at ${running.join(', ')}` : 'it is between two steps';
  if (progress.paused) return `${steps}, ${pausedText(progress.paused)}`;
  return progress.approvalUntil === null ? steps : `it ${approvalText(progress.approvalUntil)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The plan of a run as people read it: steps with their reasons, texts, time, bytes, memory. */
import { dataTexts } from '../../contracts/data-texts.ts';
import { counted } from '../../contracts/count.ts';
import { NOT_MEASURED, type BytesEstimate, type PlannedStep, type RunPlan } from '../plan/run-plan.ts';
import type { Colors } from '../context.ts';
import { labelled } from './labelled.ts';
import { oneLine } from './line.ts';
import { memoryLines } from './plan-memory.ts';
import { formatBytes, formatCount, formatDuration, formatInstant } from './quantity.ts';
import { table } from './table.ts';

export function planReport(plan: RunPlan, colors: Colors, width = Infinity): string[] {
  return [
    ...(plan.unchangedSince ? [...unchangedLines(plan), ''] : []),
    ...stepTable(plan, colors, width),
    '',
    ...(plan.modelNotes.length > 0 ? labelled('Model', plan.modelNotes.map(oneLine)) : []),
    ...labelled('Rows', rowLines(plan)),
    ...labelled(
      'Gate',
      plan.gate.map((text) => colors.yellow(oneLine(text))),
    ),
    ...labelled('Encode', textLines(plan)),
    ...labelled('Time', timeLines(plan)),
    ...labelled('Bytes', bytesLines(plan)),
    ...(plan.memory ? labelled('GPU', memoryLines(plan.memory)) : []),
    ...labelled('Start', ['`veille run` with the same options; nothing was started.']),
  ];
}

function unchangedLines({ unchangedSince }: RunPlan): string[] {
  const { workflowId, at } = unchangedSince!;
  return [
    `Unchanged since ${oneLine(workflowId)}, ${formatInstant(Date.parse(at))}: this run would end at once, with its result.`,
  ];
}

function stepTable({ steps, buildId }: RunPlan, colors: Colors, width: number): string[] {
  const shown = steps.filter(({ state }) => state !== 'skipped');
  const skipped = steps.filter(({ state }) => state === 'skipped').map(({ step }) => step);
  const rows = shown.flatMap(({ step, state, ...planned }) => {
    const [first = '', ...more] = reasons(planned, buildId);
    const name = state === 'cached' ? colors.green('cached') : 'to compute';
    return [[step, name, first], ...more.map((reason) => ['', '', reason])];
  });
  return [
    ...table(['step', 'state', 'why'], rows, ['left', 'left', 'left'], colors, width),
    ...(skipped.length > 0 ? [`Not asked for: ${skipped.join(', ')}`] : []),
  ];
}

function reasons({ madeBy, why }: Pick<PlannedStep, 'madeBy' | 'why'>, buildId: string): readonly string[] {
  if (!madeBy) return why.map(oneLine);
  const made = `made by ${oneLine(madeBy.workflowId)}, ${formatInstant(Date.parse(madeBy.at))}`;
  return madeBy.buildId === buildId ? [made] : [made, `computed by other code: build ${oneLine(madeBy.buildId)}`];
}

function rowLines({ rows: { train, dev, test }, data: { profile, truncated } }: RunPlan): string[] {
  return [
    `${formatCount(train)} to train on, ${formatCount(dev)} for dev, ${formatCount(test)} to test`,
    ...dataTexts(profile).map(oneLine),
    ...(truncated > 0
      ? [`about ${formatCount(truncated)} texts are longer than model.maxSeqLength: their ends are cut`]
      : []),
  ];
}

function textLines({ texts }: RunPlan): string[] {
  const total = texts.reduce((sum, { missing }) => sum + missing, 0);
  const lines = texts.map(
    ({ step, texts: all, missing }) => `${step}: ${formatCount(missing)} of ${counted(all, 'text')}`,
  );
  return [counted(total, 'text'), ...lines];
}

function timeLines({ seconds: { steps, known, unknown } }: RunPlan): string[] {
  if (steps.length === 0) return ['nothing to compute'];
  const lines = steps
    .filter(({ seconds, basis }) => seconds !== null || basis !== NOT_MEASURED)
    .map(({ step, seconds, basis }) =>
      oneLine(seconds === null ? `${step}: ${basis}` : `${step}: about ${formatDuration(seconds * 1_000)}, ${basis}`),
    );
  const total = `about ${formatDuration(known * 1_000)} one step after the other`;
  const without = `${NOT_MEASURED} on such a device: ${unknown.join(', ')}`;
  if (unknown.length === steps.length) return [without, ...lines];
  return [unknown.length === 0 ? total : `${total}; ${without}`, ...lines];
}

function bytesLines({ bytes: { download, stored, checkpoint } }: RunPlan): string[] {
  return [
    `to download: ${totalOf(download)}${listed(download)}`,
    `to store: ${totalOf(stored)}${listed(stored)}`,
    ...(checkpoint === 0 ? [] : [`a checkpoint while it trains: ${sizeOf(checkpoint)}`]),
  ];
}

function totalOf(estimates: readonly BytesEstimate[]): string {
  const known = estimates.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const partial = estimates.some(({ bytes }) => bytes === null);
  return known === 0 && !partial ? 'nothing' : `about ${formatBytes(known)}${partial ? ' and what is not known' : ''}`;
}

function listed(estimates: readonly BytesEstimate[]): string {
  if (estimates.length === 0) return '';
  return ` (${estimates.map(({ what, bytes }) => `${what} ${sizeOf(bytes)}`).join(', ')})`;
}

function sizeOf(bytes: number | null): string {
  return bytes === null ? 'not known' : formatBytes(bytes);
}

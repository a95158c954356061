/** Garbage as lines: how much of each kind, since when, and what became of it. */
import { workflowIdOf } from '../../contracts/run-record.ts';
import { counted } from '../../contracts/count.ts';
import type { Colors } from '../context.ts';
import type { Amount, GarbageKind, GcDocument } from './gc-document.ts';
import { oneLine } from './line.ts';
import { formatBytes, formatCount, formatInstant } from './quantity.ts';
import { table } from './table.ts';

/** In the order of the table. */
const KINDS: Readonly<Record<GarbageKind, string>> = {
  record: 'finished runs that the policy drops',
  run: 'folders of runs that never finished',
  step: 'results of steps',
  embeddings: 'embeddings',
  checkpoints: 'checkpoints',
  artifact: 'artifacts',
};

/** Dropped runs that are named; the JSON document has all. */
const NAMED_RUNS = 10;

export function gcReport(document: GcDocument, colors: Colors): string[] {
  const { url, kept, garbage, cutoff } = document;
  const stays = `${amount(kept)} in ${url} stay: needed, or changed after ${formatInstant(Date.parse(cutoff))}.`;
  if (garbage.length === 0) return [stays, 'There is no garbage.'];
  return [stays, '', ...kindTable(document, colors), ...droppedLines(document), '', outcome(document, colors)];
}

function kindTable({ garbage }: GcDocument, colors: Colors): string[] {
  const totals = new Map<GarbageKind, { objects: number; bytes: number }>();
  for (const { kind, objects, bytes } of garbage) {
    const total = totals.get(kind) ?? { objects: 0, bytes: 0 };
    total.objects += objects;
    total.bytes += bytes;
    totals.set(kind, total);
  }
  const rows = Object.entries(KINDS).flatMap(([kind, label]) => {
    const total = totals.get(kind as GarbageKind);
    return total ? [[label, formatCount(total.objects), formatBytes(total.bytes)]] : [];
  });
  return table(['garbage', 'objects', 'size'], rows, ['left', 'right', 'right'], colors);
}

function droppedLines({ garbage }: GcDocument): string[] {
  const names = garbage.flatMap(({ kind, name }) => (kind === 'record' ? [runName(name)] : []));
  if (names.length === 0) return [];
  const more = names.length > NAMED_RUNS ? [`  and ${formatCount(names.length - NAMED_RUNS)} more`] : [];
  return ['', 'Finished runs among it:', ...names.slice(0, NAMED_RUNS).map((name) => `  ${name}`), ...more];
}

/** As other commands take it: `workflow@run`. */
function runName(folder: string): string {
  const [, workflowId = '', runId = ''] = folder.split('/');
  return oneLine(`${workflowIdOf(workflowId)}@${workflowIdOf(runId)}`);
}

function outcome({ deleted }: GcDocument, colors: Colors): string {
  if (deleted === null) return 'Nothing was deleted: --delete does that.';
  const spared = deleted.spared === 0 ? '' : `; ${formatCount(deleted.spared)} were needed again meanwhile, and stay`;
  return colors.green(`${amount(deleted)} deleted${spared}.`);
}

function amount({ objects, bytes }: Amount): string {
  return `${counted(objects, 'object')} (${formatBytes(bytes)})`;
}

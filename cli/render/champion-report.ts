/** The champion as lines: which model it is, how good, who moved it there, and what was champion before. */
import type { ChampionEntry, ChampionFile } from '../../contracts/champion.ts';
import type { Colors } from '../context.ts';
import { labelled } from './labelled.ts';
import { oneLine } from './line.ts';
import { formatInstant, formatMetric } from './quantity.ts';
import { runName } from '../../contracts/run-name.ts';
import { table } from './table.ts';

const NDCG = 'retrieval/nDCG@10';
/** Those that a retriever is judged by, in the order of the table of a run. */
const SHOWN = ['retrieval/R@1', 'retrieval/R@5', 'retrieval/R@10', 'retrieval/MRR@10', NDCG];

/** @param file null where nothing was promoted so far */
export function championReport(file: ChampionFile | null, colors: Colors, width = Infinity): string[] {
  const champion = file?.entries[0];
  if (file === null || champion === undefined) {
    return ['There is no champion yet: the first candidate that passes the gate against the base model becomes it.'];
  }
  const { run, encoder, weights, baseModel, data, metrics, note } = champion;
  return [
    `Champion: revision ${champion.revision}, ${colors.green(oneLine(run.workflowId))}`,
    '',
    ...labelled('Since', [`${instant(champion)}, ${moveText(champion)} by ${oneLine(champion.by)}`]),
    ...labelled('Note', note === null ? [] : [oneLine(note)]),
    ...labelled('Run', [`${oneLine(run.workflowId)}, ${run.runId}`]),
    ...labelled('Name', [oneLine(runName(champion))]),
    ...labelled('Base', [`${oneLine(baseModel.source)} (${baseModel.digest.slice(0, 12)}…)`]),
    ...labelled('Weights', [
      `${weights.kind}, encoder in ${encoder.precision} (${encoder.files.digest.slice(0, 12)}…)`,
    ]),
    ...labelled('Data', [`${oneLine(data.source)} (${data.sha256.slice(0, 12)}…)`]),
    ...labelled('Metrics', metricTexts(metrics)),
    '',
    ...moveTable(file.entries, colors, width),
  ];
}

/** Newest first. */
function moveTable(entries: readonly ChampionEntry[], colors: Colors, width: number): string[] {
  const rows = entries.map((entry) => [
    String(entry.revision),
    instant(entry),
    moveText(entry),
    oneLine(entry.run.workflowId),
    formatMetric(entry.metrics[NDCG]),
    oneLine(entry.by),
    oneLine(entry.note ?? ''),
  ]);
  const head = ['revision', 'at', 'move', 'run', 'nDCG@10', 'by', 'note'];
  return table(head, rows, ['right', 'left', 'left', 'left', 'right', 'left', 'left'], colors, width);
}

function moveText({ restores }: ChampionEntry): string {
  return restores === null ? 'promoted' : `rolled back to ${restores}`;
}

function instant({ at }: ChampionEntry): string {
  return formatInstant(Date.parse(at));
}

function metricTexts(metrics: ChampionEntry['metrics']): string[] {
  const known = SHOWN.flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [`${name.replace('retrieval/', '')} ${formatMetric(value)}`];
  });
  return known.length === 0 ? [] : [`${known.join(', ')} on the test part of its own run`];
}

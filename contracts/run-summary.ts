/**
 * What the Temporal UI shows beside a workflow, an activity or a timer: one line that is fixed when it starts.
 *
 * Free of zod and of Node, since workflow code imports it.
 */
import { parseHubSource } from './hub-source.ts';
import { boundLine } from './quote.ts';

/** The server refuses a longer one, and with it the command that carries it. */
export const SUMMARY_BYTES = 200;

/** One line that the server takes. */
export function summaryLine(text: string): string {
  return boundLine(text, SUMMARY_BYTES);
}

/** `legalkit, bge-m3, nightly`: the data, the model, and what else distinguishes the run. */
export function runSummary(data: string, model: string, kind: string): string {
  return summaryLine([shortSource(data), shortSource(model), kind].filter((part) => part !== '').join(', '));
}

/** What people call a source: the name of a repository, package or file without what leads to it. */
export function shortSource(source: string): string {
  const name = parseHubSource(source)?.name ?? source.replace(/^(?:pypi|example):/, '');
  return name.replace(/\/+$/, '').split('/').at(-1) || source;
}

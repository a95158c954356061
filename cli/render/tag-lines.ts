/** A run's tags as lines: the word, who put it there, when and why. */
import type { NamedTag } from '../../adapters/tags/tag-store.ts';
import { oneLine } from './line.ts';
import { formatInstant } from './quantity.ts';

/** @param run as the command line names it */
export function tagLines(run: string, tags: readonly NamedTag[]): string[] {
  if (tags.length === 0) return [`${oneLine(run)} has no tags.`];
  const width = Math.max(...tags.map(({ name }) => name.length));
  return tags.map(({ name, tag }) => {
    if (tag === null) return `${name.padEnd(width)}  (not readable by this version of veille)`;
    const note = tag.note === null ? '' : `: ${tag.note}`;
    return `${name.padEnd(width)}  ${oneLine(`${formatInstant(Date.parse(tag.at))} by ${tag.by}${note}`)}`;
  });
}

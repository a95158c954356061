/** Pieces of Markdown. */

/** As code, whatever is in it: a text of users' own may have back-ticks and line ends. */
export function inlineCode(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = line.startsWith('`') || line.endsWith('`') || line === '' || line.trim() !== line ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** As one word of a command; whoever starts a run names it, and may use any character. */
export function shellWord(text: string): string {
  return /^[\w:.@/+-]+$/.test(text) ? text : `'${text.replaceAll(/\s+/g, ' ').replaceAll("'", `'\\''`)}'`;
}

/** `1 row`, `2 rows`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A table; the first column is of words, the others of figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Text within the Markdown that the Temporal UI shows. */

/** Text as it stands, on one line, within a table's cell too. */
export function cell(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[|<>`*_[\]\\]/g, (character) => `\\${character}`);
}

export function code(text: string): string {
  return `\`${text.replaceAll(/[`|\r\n]+/g, ' ')}\``;
}

/** "2026-11-24 02:00:07 UTC". */
export function time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The Temporal UI draws tables without space between their columns. */
const GAP = '\u00A0\u00A0';

/** @param rows of cells, the first being the head */
export function table(rows: readonly (readonly string[])[]): string[] {
  const lines = rows.map((cells) => `| ${cells.map((text) => text + GAP).join(' | ')} |`);
  const [head = '', ...body] = lines;
  return [head, `|${'---|'.repeat(rows[0]?.length ?? 0)}`, ...body];
}

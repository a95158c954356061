/** Lines beneath each other, with their label before the first. */

const LABEL_WIDTH = 10;

/** No line at all, and no label, without lines. */
export function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
}

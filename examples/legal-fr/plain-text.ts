/** Turns the sources' text and HTML into plain text: one line a paragraph, single spaces. */

/** Each line as {@link oneLine} has it, without a list's dash in front; blank lines are dropped. */
export function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) => oneLine(line).replace(/^[-–•] /, ''))
    .filter((line) => line !== '')
    .join('\n');
}

/** Single spaces, and none before a comma, full stop or closing bracket, where a removed link leaves one. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\u00A0\u202F\u200B]+/gu, ' ')
    .replace(/ (?=[,.)](?:\s|$))/g, '')
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/**
 * Text of an HTML fragment. Good for the pinned packages' markup, where tags nest and attributes escape `>`;
 * no general HTML parser.
 */
export function htmlToText(html: string): string {
  const text = html
    .replace(/<(button|script|style)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<\/t[dh]>\s*<t[dh]\b[^>]*>/gi, ' ; ')
    .replace(/<\/?(?:p|div|ul|ol|li|h[1-6]|table|caption|tr|section|blockquote|br)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:#(\d+)|(\w+));/g, (entity, code?: string, name?: string) =>
      code === undefined ? (ENTITIES[name ?? ''] ?? entity) : String.fromCodePoint(Number(code)),
    );
  return tidy(text);
}

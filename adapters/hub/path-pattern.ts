/** Patterns of paths as the cards of data sets have them: `data/train-*`, `**` for any folders, `?`, `[0-9]`. */

/** Beyond these, a pattern is no pattern of a person, and matching it could take for ever. */
const LONGEST = 300;
const MOST_WILDCARDS = 10;

const TOKEN = /\*\*\/?|\*|\?|\[[^\]/]+\]|[^*?[]+|\[/g;

/** @returns false for a pattern too long to be one */
export function matchesPattern(path: string, pattern: string): boolean {
  const wildcards = pattern.match(/\*+|\?|\[/g)?.length ?? 0;
  if (pattern.length > LONGEST || wildcards > MOST_WILDCARDS) return false;
  const source = pattern.replace(/^\.?\//, '').replace(TOKEN, expression);
  try {
    return new RegExp(`^${source}$`, 'u').test(path);
  } catch {
    return false;
  }
}

function expression(token: string): string {
  if (token === '**/') return '(?:[^/]+/)*';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token.startsWith('[') && token.length > 1)
    return `[${token.slice(1, -1).replace(/^!/, '^').replace(/\\/g, '\\\\')}]`;
  return token.replace(/[\\^$.*+?()[\]{}|/]/g, (character) => `\\${character}`);
}

/**
 * Patterns of paths as the cards of data sets have them: `data/train-*`, `**` for any folders, `?`, `[0-9]`, `[!x]`.
 *
 * A card is anybody's text, so a pattern is matched by the set of its places that a path can have reached: in time
 * proportional to both lengths, where a regular expression could take for ever.
 */

/** Compiled: whether a path matches. */
export type PathMatcher = (path: string) => boolean;

/** A place in a pattern. */
interface Place {
  /** Places that are reached from here by a character. */
  readonly step: (character: string, at: number) => readonly number[];
  /** Whether the next place is reached without a character. */
  readonly skips?: number;
}

const TOKEN = /\*\*\/|\*+|\?|\[[^\]/]+\]|[^]/gu;

export function compilePattern(pattern: string): PathMatcher {
  const places = (pattern.replace(/^\.?\//, '').match(TOKEN) ?? []).flatMap(placesOf);
  const reach = (from: Iterable<number>): Set<number> => {
    const reached = new Set(from);
    // A set yields what is added while it is walked.
    for (const at of reached) {
      const skips = places[at]?.skips;
      if (skips !== undefined) reached.add(at + skips);
    }
    return reached;
  };
  return (path) => {
    let reached = reach([0]);
    for (const character of path) reached = reach([...reached].flatMap((at) => places[at]?.step(character, at) ?? []));
    return reached.has(places.length);
  };
}

function placesOf(token: string): Place[] {
  const isName = (character: string): boolean => character !== '/';
  if (token === '**/')
    // Before a folder's name, and within one.
    return [
      { skips: 2, step: (character, at) => (isName(character) ? [at + 1] : []) },
      { step: (character, at) => [isName(character) ? at : at - 1] },
    ];
  if (token === '**') return [{ skips: 1, step: (_, at) => [at] }];
  if (token.startsWith('*')) return [{ skips: 1, step: (character, at) => (isName(character) ? [at] : []) }];
  if (token === '?') return [{ step: (character, at) => (isName(character) ? [at + 1] : []) }];
  const isOf = token.length > 1 && token.startsWith('[') ? characterClass(token.slice(1, -1)) : null;
  return [{ step: (character, at) => ((isOf ? isOf(character) : character === token) ? [at + 1] : []) }];
}

/** @param content what stands between the brackets: `0-9`, `abc`, `!x` */
function characterClass(content: string): (character: string) => boolean {
  const isNegated = /^[!^]/.test(content);
  const ranges = Array.from(content.slice(isNegated ? 1 : 0).matchAll(/([^])-([^])|([^])/gu), (range) => ({
    first: range[1] ?? range[3]!,
    last: range[2] ?? range[3]!,
  }));
  return (character) =>
    character !== '/' && ranges.some(({ first, last }) => first <= character && character <= last) !== isNegated;
}

/** Which field of a schema somebody may have meant by a name that it does not have. */
import type { z } from 'zod';

/** Longer names are no misspelling of ours. */
const LONGEST_NAME = 40;

/**
 * A field of the same section whose name is almost the same, else one of that name in another section.
 *
 * @param path of the section in which the name stands
 * @returns its dotted path; null: nothing is near
 */
export function suggestField(schema: z.ZodType, path: readonly string[], name: string): string | null {
  if (name.length > LONGEST_NAME) return null;
  const section = path.reduce<unknown[]>((schemas, step) => schemas.flatMap((one) => fieldOf(one, step)), [schema]);
  const siblings = section.flatMap((one) => Object.keys(shapeOf(one)));
  const sibling = nearestName(name, siblings);
  if (sibling !== null) return [...path, sibling].join('.');
  const elsewhere = fieldPaths(schema).filter((field) => plain(field.split('.').at(-1) ?? '') === plain(name));
  return elsewhere[0] ?? null;
}

/** Null where each of the names differs in more than a third of its letters. */
function nearestName(name: string, names: readonly string[]): string | null {
  const [nearest] = names
    .map((known) => ({ known, distance: editDistance(plain(name), plain(known)) }))
    .filter(({ known, distance }) => distance <= Math.max(1, Math.floor(known.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.known ?? null;
}

/** `learning_rate` and `LearningRate` are the same name. */
function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** Letters to insert, remove, replace or exchange with the next one: the distance of Damerau and Levenshtein. */
function editDistance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      const change = (rows[i - 1]?.[j - 1] ?? 0) + (same ? 0 : 1);
      const least = Math.min((rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(swapped ? Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1) : least);
    }
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}

/** What of zod's own description of a schema leads to its fields. */
interface Definition {
  readonly innerType?: unknown;
  readonly in?: unknown;
  readonly options?: readonly unknown[];
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly valueType?: unknown;
}

/** The schemas within defaults, nulls, pipes and alternatives. */
function unwrapped(schema: unknown): Definition[] {
  const { def } = schema as { readonly def: Definition };
  const inner = def.innerType ?? def.in;
  if (inner !== undefined) return unwrapped(inner);
  return def.options === undefined ? [def] : def.options.flatMap(unwrapped);
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...unwrapped(schema).map(({ shape }) => shape ?? {})) as Record<string, unknown>;
}

/** The schemas of what stands under a name, any name of a record. */
function fieldOf(schema: unknown, name: string): unknown[] {
  return unwrapped(schema).flatMap(({ shape, valueType }) => {
    const field = shape !== undefined && Object.hasOwn(shape, name) ? shape[name] : valueType;
    return field === undefined ? [] : [field];
  });
}

/** Dotted paths of all fields but those of records, the outer ones first. */
function fieldPaths(schema: unknown, prefix = ''): string[] {
  const fields = Object.entries(shapeOf(schema));
  return [
    ...fields.map(([name]) => `${prefix}${name}`),
    ...fields.flatMap(([name, field]) => fieldPaths(field, `${prefix}${name}.`)),
  ];
}

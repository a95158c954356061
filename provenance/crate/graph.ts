/** The entities of an RO-Crate: flat JSON-LD, each once, in a fixed order. */

export interface Reference {
  readonly '@id': string;
}

export type Value = string | number | Reference;

/** One entity. A single value of a property stands as it is, several as a list, as RO-Crate recommends. */
export interface Entity extends Reference {
  readonly '@type': string | readonly string[];
  readonly [property: string]: Value | readonly Value[];
}

/** Collects entities; the first that is added under an `@id` stays. */
export class Graph {
  readonly #entities = new Map<string, Entity>();

  /** @param properties null ones are left out, and so are empty lists; a list of one is its value */
  add(
    id: string,
    type: Entity['@type'],
    properties: Readonly<Record<string, Value | readonly Value[] | null>>,
  ): Reference {
    const reference = { '@id': id };
    if (this.#entities.has(id)) return reference;
    const stated = Object.entries(properties).flatMap(([name, values]) => compacted(name, values));
    this.#entities.set(id, { ...reference, '@type': type, ...Object.fromEntries(stated) });
    return reference;
  }

  /** In the order in which they were added. */
  entities(): readonly Entity[] {
    return [...this.#entities.values()];
  }

  /** All entities that are of one of the types, at least. */
  ofType(...types: readonly string[]): readonly Reference[] {
    const wanted = this.entities().filter((entity) => [entity['@type']].flat().some((type) => types.includes(type)));
    return wanted.map((entity) => ({ '@id': entity['@id'] }));
  }
}

/** An `@id` of something that is only in the crate's metadata. */
export function localId(...parts: readonly string[]): string {
  return `#${parts.map(encodeURIComponent).join('-')}`;
}

/** Each once, in the order in which they come first. */
export function distinct(references: readonly Reference[]): readonly Reference[] {
  return [...new Map(references.map((reference) => [reference['@id'], reference])).values()];
}

function compacted(name: string, values: Value | readonly Value[] | null): [string, Value | readonly Value[]][] {
  if (values === null) return [];
  const list = [values].flat();
  const [first] = list;
  if (first === undefined) return [];
  return [[name, list.length === 1 ? first : list]];
}

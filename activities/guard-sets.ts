/** Guard sets by their names: one after the other, what messages call them, and what they add to a step's identity. */

/** Something of each guard set. */
export type ByGuard<T> = Readonly<Record<string, T>>;

/** Section of the input that describes a guard's file. */
export function guardSection(name: string): string {
  return `gate.guards.${name}.data`;
}

/** One guard after the other: the first failure is the one that is told. */
export async function mapGuards<T, R>(
  guards: ByGuard<T>,
  map: (guard: T, name: string) => R | Promise<R>,
): Promise<Record<string, R>> {
  const mapped: [string, R][] = [];
  for (const [name, guard] of Object.entries(guards)) mapped.push([name, await map(guard, name)]);
  return Object.fromEntries(mapped);
}

/**
 * Inputs of a step that reads something of each guard set: `PREFIX.NAME` → digest.
 *
 * @param prefix tells what it reads of them, where it reads more than one thing
 */
export function guardInputs<T>(
  guards: ByGuard<T>,
  digestOf: (guard: T) => string,
  prefix = 'guards',
): Record<string, string> {
  return Object.fromEntries(Object.entries(guards).map(([name, guard]) => [`${prefix}.${name}`, digestOf(guard)]));
}

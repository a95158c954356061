/** Alternating rounds: what is compared is measured by turns, so that a machine that slows down slows all of them. */

/** Measures once, by its own clock. */
export type Measure<T> = () => Promise<T>;

/** By subject, the measurements of its rounds. */
export type Measured<Subjects> = {
  readonly [Name in keyof Subjects]: Subjects[Name] extends Measure<infer T> ? T[] : never;
};

/** Measures each subject once a round; every other round goes in the opposite order. */
export async function alternate<Subjects extends Readonly<Record<string, Measure<unknown>>>>(
  rounds: number,
  subjects: Subjects,
  log: (line: string) => void,
): Promise<Measured<Subjects>> {
  const measured = new Map<string, unknown[]>(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(subjects);
    for (const [name, measure] of round % 2 === 0 ? order : order.toReversed()) {
      log(`round ${round + 1} of ${rounds}: ${name}`);
      measured.get(name)?.push(await measure());
    }
  }
  return Object.fromEntries(measured) as Measured<Subjects>;
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

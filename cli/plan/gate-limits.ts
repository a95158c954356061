/** Whether the gate can decide at all on what a plan would measure: its rule asks for so many queries and passages. */
import type { GateRule } from '../../contracts/gate.ts';

/** At most so many will be measured. */
export interface Measurable {
  readonly queries: number;
  readonly passages: number;
}

/**
 * One line for each set on which nothing can be decided: training is then in vain, but for its figures.
 *
 * @param guards by their names
 */
export function gateLimits(
  rule: Pick<GateRule, 'primary' | 'guards'>,
  test: Measurable,
  guards: Readonly<Record<string, Measurable>>,
): string[] {
  return [
    ...limitsOf('the test part', 'gate.primary', rule.primary, test, 'Give more rows, raise split.holdout'),
    ...Object.entries(rule.guards).flatMap(([name, guard]) => {
      const measured = guards[name];
      return measured ? limitsOf(`guard ${name}`, `gate.guards.${name}`, guard, measured, 'Give it more rows') : [];
    }),
  ];
}

function limitsOf(
  what: string,
  field: string,
  { minimumQueries, minimumPassages }: GateRule['primary'] | GateRule['guards'][string],
  { queries, passages }: Measurable,
  advice: string,
): string[] {
  const short = [
    ...(queries < minimumQueries ? [`${queries} of the ${minimumQueries} queries`] : []),
    ...(passages < minimumPassages ? [`${passages} of the ${minimumPassages} passages`] : []),
  ];
  if (short.length === 0) return [];
  const fields = [
    ...(queries < minimumQueries ? [`${field}.minimumQueries`] : []),
    ...(passages < minimumPassages ? [`${field}.minimumPassages`] : []),
  ];
  return [
    `can't decide: ${what} has ${short.join(' and ')} that the gate asks for. ${advice}, or lower ${fields.join(' and ')}.`,
  ];
}

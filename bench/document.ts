/** A report as one JSON document. */
import { isMet, type Benchmark, type BenchmarkContext, type Report } from './benchmark.ts';
import type { Machine } from './machine.ts';

/** The result's keys stand beside the rest, so that `jq .searchRatio` finds them. */
export function toDocument(
  { name }: Benchmark,
  { rounds, sizes }: Pick<BenchmarkContext, 'rounds' | 'sizes'>,
  machine: Machine,
  { result, figures, notes }: Report,
): Readonly<Record<string, unknown>> {
  const withAims = figures.map(({ aim, ...figure }) => ({
    ...figure,
    ...(aim && { aim: `${aim.is} ${aim.bound}`, met: isMet(aim, figure.median) }),
  }));
  return { benchmark: name, machine, rounds, sizes, ...result, figures: withAims, notes };
}

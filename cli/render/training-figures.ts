/** What a training tells about itself beside its loss, for people. */
import type { MetricValues } from '../../contracts/metrics.ts';
import { formatBytes, formatMetric, formatRate } from './quantity.ts';

const MIB = 1_024 ** 2;

/** By metric name, in the order in which they are shown. */
const FIGURES: readonly (readonly [name: string, show: (value: number) => string])[] = [
  ['train/learning_rate', (rate) => `lr ${Number(rate.toPrecision(3))}`],
  ['train/grad_norm', (norm) => `grad norm ${Number(norm.toPrecision(3))}`],
  ['train/samples_per_second', (rate) => formatRate(rate).replace('/', ' pairs/')],
  ['train/memory_mib', (mebibytes) => formatBytes(mebibytes * MIB)],
  ['dev/ndcg@10', (ndcg) => `dev nDCG@10 ${formatMetric(ndcg)}`],
];

/** `lr 0.00042`, `grad norm 1.93`, `31 pairs/s`, `1.2 GiB`, `dev nDCG@10 0.7431`: those that are known. */
export function trainingFigures(metrics: MetricValues): string[] {
  return FIGURES.flatMap(([name, show]) => {
    const value = metrics[name];
    return value === undefined ? [] : [show(value)];
  });
}

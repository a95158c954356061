/** The YAML front matter of a model card: what Hugging Face's hub searches and shows beside a model. */
import { stringify } from 'yaml';
import type { MetricValues } from '../../contracts/metrics.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { HubOrigin } from '../../contracts/steps.ts';
import { RETRIEVAL_METRICS } from './metric-names.ts';

const TASK = { type: 'information-retrieval', name: 'Information Retrieval' } as const;

/** @returns with its two lines of dashes, and the end of the last */
export function frontMatter({ workflowId, licenses, config, metrics, sources }: RunRecord): string {
  const { origins } = sources;
  const dataset = origins.data ? nameOf(origins.data) : sourceName(config.data.source);
  const card = {
    ...licenseFields(licenses.model),
    library_name: 'sentence-transformers',
    pipeline_tag: 'sentence-similarity',
    tags: ['sentence-transformers', 'feature-extraction', 'onnx', 'veille'],
    base_model: origins.model ? nameOf(origins.model) : sourceName(config.model.source),
    datasets: [dataset],
    metrics: ['recall', 'mrr', 'ndcg', 'map'],
    'model-index': [
      {
        name: workflowId,
        results: [
          {
            task: TASK,
            dataset: {
              name: dataset,
              type: dataset,
              split: 'test',
              revision: origins.data?.commit ?? sources.data.sha256,
            },
            metrics: indexed(metrics.fineTuned),
          },
        ],
      },
    ],
  };
  return `---\n${stringify(card)}---\n`;
}

/** What the hub calls a repository: without its kind. */
function nameOf({ repository }: HubOrigin): string {
  return repository.replace(/^datasets\//, '');
}

/** What a source is called where nobody has its path: `./models/bge-m3` → `bge-m3`, `pypi:NAME` → `NAME`. */
export function sourceName(source: string): string {
  return (
    source
      .replace(/@[^/@]*$/, '')
      .replace(/^[a-z]\w*:(?!\/\/)/, '')
      .split('/')
      .findLast((part) => part !== '') ?? source
  );
}

/** The hub takes its own list's lower-case identifiers, which are SPDX's; anything else is `other` by a name. */
function licenseFields(license: string | null): Record<string, string> {
  if (license === null) return { license: 'unknown' };
  if (/^[\w.+-]+$/.test(license)) return { license: license.toLowerCase() };
  return { license: 'other', license_name: license };
}

function indexed(metrics: MetricValues): { type: string; value: number; name: string }[] {
  return RETRIEVAL_METRICS.flatMap(({ metric, type, name }) => {
    const value = metrics[metric];
    return value === undefined ? [] : [{ type, value, name }];
  });
}

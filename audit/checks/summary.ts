/** Check `summary`: what the record says of the run as a whole follows from its configuration and its steps. */
import { isCommit, parseHubSource, repositoryOf } from '../../contracts/hub-source.ts';
import { licenseOf } from '../../contracts/licenses.ts';
import { runArtifacts } from '../../contracts/run-artifacts.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import type { HubOrigin, ResolveResult } from '../../contracts/steps.ts';
import { digestOf } from '../../core/canonical.ts';
import type { AuditedRun } from '../audited-run.ts';
import { type Difference, type Finding, NotChecked } from '../check.ts';
import { firstDifference } from '../first-difference.ts';
import { stepAt, stepsOf } from '../step-results.ts';

/** @throws NotChecked when a step that all records have is missing: the check `complete` names it */
export async function checkSummary(run: AuditedRun): Promise<Finding> {
  const { record } = run;
  const object = run.key(RUN_FILES.record);
  const { config, sources, licenses, seeds, tracking, environments, steps } = record;
  const of = (place: string, expected: unknown, found: unknown): Difference | null =>
    firstDifference(object, expected, found, place);
  const used = new Set(steps.map(({ environment }) => environment));
  const track = stepAt(record, 'track', 'track')?.result;
  const differences = [
    ...stepsOf(record, 'resolve').map(({ result }) => of('sources', result, sources)),
    of('licenses.data', licenseOf(config.data, sources.origins.data), licenses.data),
    of('licenses.model', licenseOf(config.model, sources.origins.model), licenses.model),
    of('seeds', seedsOf(config), seeds),
    of('artifacts', artifactsOf(record), record.artifacts),
    of('tracking', track ?? { state: config.tracking.mode === 'none' ? 'none' : 'failed' }, trackingOf(record)),
    ...(tracking.state === 'none' && tracking.error !== undefined
      ? [of('tracking.error', undefined, tracking.error)]
      : []),
    ...Object.entries(environments).map(([digest, environment]) =>
      of(`environments.${digest}`, digest, digestOf(environment)),
    ),
    of('environments', [...used].sort(), Object.keys(environments).sort()),
    ...pinDifferences(record, of),
  ];
  return {
    count: steps.length,
    unit: 'steps',
    bytes: null,
    note: 'sources, pins, licences, seeds, artifacts and tracking follow from them',
    differences: differences.filter((difference) => difference !== null),
  };
}

function seedsOf({ split, training, evaluation, gate }: RunRecord['config']): RunRecord['seeds'] {
  return { split: split.seed, training: training.seed, evaluation: evaluation.seed, gate: gate.seed };
}

/** What a failed tracking says of itself, no step can attest. */
function trackingOf({ tracking }: RunRecord): unknown {
  return tracking.state === 'failed' ? { state: 'failed' } : tracking;
}

function artifactsOf(record: RunRecord): RunRecord['artifacts'] {
  const model = (branch: 'base' | 'tuned') => ({
    encoder: required(stepAt(record, 'export', `export-${branch}`)).result,
    index: required(stepAt(record, 'index', `index-${branch}`)).result,
    evaluation: required(stepAt(record, 'evaluate', `evaluate-${branch}`)).result,
  });
  const training = required(stepAt(record, 'fine-tune', 'fine-tune')).result;
  return runArtifacts(model('base'), model('tuned'), training, required(stepAt(record, 'split', 'split')).result);
}

function required<T>(step: T | undefined): T {
  if (step === undefined) throw new NotChecked('the record lacks a step that every run has');
  return step;
}

/** What the configuration pins or names of each source, and what the run took. */
function pinDifferences(
  { config, sources }: RunRecord,
  of: (place: string, expected: unknown, found: unknown) => Difference | null,
): (Difference | null)[] {
  const { data, model, gate } = config;
  const { origins } = sources;
  const guards = Object.entries(gate.guards);
  const pin = (place: string, pinned: string | null, file: ResolveResult['data'] | undefined) =>
    pinned === null ? null : of(`${place}.sha256`, file?.sha256, pinned);
  const origin = (place: string, source: string, found: HubOrigin | null | undefined): (Difference | null)[] => {
    const parsed = parseHubSource(source);
    const told = found ? { repository: found.repository, revision: found.revision } : null;
    const { revision } = parsed ?? { revision: '' };
    return [
      of(`${place}.source`, told, parsed && { repository: repositoryOf(parsed), revision }),
      found && isCommit(revision) ? of(`${place}.source`, found.commit, revision) : null,
    ];
  };
  return [
    of('sources.guards', guards.map(([name]) => name).sort(), Object.keys(sources.guards).sort()),
    pin('config.data', data.sha256, sources.data),
    ...guards.map(([name, guard]) => pin(`config.gate.guards.${name}.data`, guard.data.sha256, sources.guards[name])),
    ...origin('config.data', data.source, origins.data),
    ...origin('config.model', model.source, origins.model),
    ...guards.flatMap(
      ([
        name,
        {
          data: { source },
        },
      ]) => origin(`config.gate.guards.${name}.data`, source, origins.guards[name]),
    ),
  ];
}

/** What was done: an action for each step, one for the run, one for its orchestration, one for a person's decision. */
import type { RecordedStep, RunRecord } from '../../contracts/run-record.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { addContainerImage } from './container-image.ts';
import { distinct, localId, type Graph, type Reference } from './graph.ts';
import type { Materials } from './materials.ts';
import { addStep, addTool } from './workflow.ts';

const COMPLETED = 'http://schema.org/CompletedActionStatus';

/** The execution of a step's tool, whichever run it was done for. */
export function addStepAction(
  graph: Graph,
  materials: Materials,
  { environments }: Pick<RunRecord, 'environments'>,
  recorded: RecordedStep,
): Reference {
  const { step, inputs, parameters, result, outputs, startedAt, finishedAt, environment } = recorded;
  const settings = Object.entries(parameters).map(([name, value]) =>
    graph.add(localId('parameter', step, name), 'PropertyValue', { name, value: canonicalJson(value) }),
  );
  const taken = Object.entries(inputs).map(([name, digest]) => materials.of(digest, name));
  const stored = materials.add(result, step);
  const digests = Object.entries(outputs).map(([name, digest]) => materials.of(digest, `${step}: ${name}`));
  return graph.add(localId('run-of', step), 'CreateAction', {
    name: `Step ${step}`,
    description: howItWasMade(recorded),
    instrument: addTool(graph, recorded),
    object: distinct([...taken, ...settings]),
    result: distinct([...stored, ...digests, ...addMetrics(graph, step, result)]),
    startTime: withOffset(startedAt),
    endTime: withOffset(finishedAt),
    actionStatus: COMPLETED,
    environment: addEnvironment(graph, environment, environments[environment]),
    containerImage: addContainerImage(graph, environments[environment]?.code.image ?? null),
  });
}

/** The run as one action, and Temporal's control of each step's. */
export function addRunActions(
  graph: Graph,
  record: RunRecord,
  run: { readonly workflow: Reference; readonly engine: Reference; readonly object: readonly Reference[] } & {
    readonly result: readonly Reference[];
    readonly stepActions: readonly Reference[];
  },
): Reference {
  const { workflowId, startedAt, finishedAt, steps, temporal } = record;
  const times = { startTime: withOffset(startedAt), endTime: withOffset(finishedAt), actionStatus: COMPLETED };
  const agent = temporal.startedBy === null ? null : addStarter(graph, temporal.startedBy);
  const action = graph.add('#run', 'CreateAction', {
    name: `Run ${workflowId}`,
    description: `Retraining of a text-embedding retriever: run ${record.runId} of workflow ${workflowId}.`,
    instrument: run.workflow,
    object: run.object,
    result: run.result,
    agent,
    ...times,
  });
  const controls = steps.map((recorded, index) =>
    graph.add(localId('control-of', recorded.step), 'ControlAction', {
      name: `Orchestration of ${recorded.step}`,
      instrument: addStep(graph, recorded, index + 1),
      object: run.stepActions[index] ?? null,
    }),
  );
  graph.add('#orchestration', 'OrganizeAction', {
    name: `Orchestration of ${workflowId}`,
    instrument: run.engine,
    object: controls,
    result: action,
    agent,
    ...times,
  });
  return action;
}

/** Where a person, and not the gate alone, decided whether the model is to be the champion. */
export function addDecision(graph: Graph, { promotion, config }: RunRecord, model: readonly Reference[]): void {
  const { state, by, at, note } = promotion;
  if (config.promote !== 'manual' || by === null || at === null) return;
  graph.add('#decision', state === 'promoted' ? 'EndorseAction' : 'DisagreeAction', {
    name: state === 'promoted' ? 'Approval of the fine-tuned model' : 'Refusal of the fine-tuned model',
    agent: graph.add(localId('person', by), 'Person', { name: by }),
    object: model,
    endTime: withOffset(at),
    description: note,
  });
}

function howItWasMade({ taken, madeBy, key }: RecordedStep): string {
  const { workflowId, runId, attempt, worker } = madeBy;
  const whence = taken
    ? `taken from an earlier record: made for run ${runId} of ${workflowId}`
    : 'computed by this run';
  return `${whence}, attempt ${attempt}, on ${worker}. Cache key ${key}.`;
}

function addMetrics(graph: Graph, step: string, result: unknown): Reference[] {
  if (typeof result !== 'object' || result === null || !('metrics' in result)) return [];
  return Object.entries(result.metrics ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .map(([name, value]) => graph.add(localId('metric', step, name), 'PropertyValue', { name, value }));
}

function addEnvironment(graph: Graph, digest: string, environment: unknown): Reference {
  return graph.add(localId('environment', digest), 'PropertyValue', {
    name: 'machine, versions and code of the worker',
    value: canonicalJson(environment ?? null),
  });
}

/** A client names itself as it likes: a program on a host, mostly. */
function addStarter(graph: Graph, identity: string): Reference {
  return graph.add(localId('client', identity), 'SoftwareApplication', {
    name: identity,
    description: "The client or schedule that started the run, as it called itself to Temporal's server.",
  });
}

/** The profile's form of ISO 8601 in UTC: an offset instead of a Z. */
function withOffset(time: string): string {
  return new Date(time).toISOString().replace('Z', '+00:00');
}

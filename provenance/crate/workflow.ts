/** The workflow as the profile wants it: a file, its steps, and the tools that they use. */
import type { RecordedStep, RunRecord } from '../../contracts/run-record.ts';
import { distinct, localId, type Graph, type Reference } from './graph.ts';

/** Adds a tool for each kind of step; branches of the DAG share it. */
export function addTool(graph: Graph, { name, version }: RecordedStep): Reference {
  return graph.add(localId('tool', name), 'SoftwareApplication', {
    name: `veille ${name}`,
    description: `The step "${name}" of veille; its version is raised whenever the same inputs would give another result.`,
    softwareVersion: String(version),
  });
}

/** @param position from 1, in the order of the DAG */
export function addStep(graph: Graph, recorded: RecordedStep, position: number): Reference {
  return graph.add(localId('step', recorded.step), 'HowToStep', {
    name: recorded.step,
    position,
    workExample: addTool(graph, recorded),
  });
}

/** What starts activities, and goes on with them elsewhere. */
export function addEngine(graph: Graph): Reference {
  return graph.add('https://temporal.io/', 'SoftwareApplication', {
    name: 'Temporal',
    url: 'https://temporal.io/',
    description: 'Durable execution: the server in whose history the steps of the run are.',
  });
}

/** Properties of the file that is the workflow. */
export function workflowProperties(graph: Graph, { buildId, steps }: RunRecord) {
  const language = graph.add('#veille-workflow', 'ComputerLanguage', {
    name: "veille's description of a run's workflow",
    description: 'JSON: the steps of the run, and which output of which step each of their inputs was.',
  });
  return {
    version: buildId,
    programmingLanguage: language,
    conformsTo: { '@id': 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE' },
    step: steps.map((step, index) => addStep(graph, step, index + 1)),
    hasPart: distinct(steps.map((step) => addTool(graph, step))),
  };
}

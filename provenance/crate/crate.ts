/**
 * `ro-crate-metadata.json`: the record as an RO-Crate of the profile Provenance Run Crate, with those it builds on
 * (https://www.researchobject.org/workflow-run-crate/profiles/0.5/provenance_run_crate/). The crate's root is the run's
 * folder in the bucket.
 */
import { pinnedSource } from '../../contracts/hub-source.ts';
import type { ArtifactRef } from '../../contracts/artifact.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import { addDecision, addRunActions, addStepAction } from './actions.ts';
import { localFile } from './files.ts';
import { distinct, Graph, type Entity, type Reference } from './graph.ts';
import { addLicenses } from './licenses.ts';
import { Materials } from './materials.ts';
import { addInputs, addOutputs, type Licenses } from './parameters.ts';
import { addEngine, workflowProperties } from './workflow.ts';

const RO_CRATE = 'https://w3id.org/ro/crate/1.1';
const WORKFLOW_RO_CRATE = 'https://w3id.org/workflowhub/workflow-ro-crate/1.0';
const PROFILES = {
  'https://w3id.org/ro/wfrun/process/0.5': 'Process Run Crate',
  'https://w3id.org/ro/wfrun/workflow/0.5': 'Workflow Run Crate',
  'https://w3id.org/ro/wfrun/provenance/0.5': 'Provenance Run Crate',
  [WORKFLOW_RO_CRATE]: 'Workflow RO-Crate',
} as const;

/** The terms of Workflow Run Crate that are used here. Written out, one context less has to be fetched to read them. */
const RUN_TERMS = Object.fromEntries(
  ['sha256', 'environment', 'containerImage', 'ContainerImage', 'registry', 'tag'].map((term) => [
    term,
    `https://w3id.org/ro/terms/workflow-run#${term}`,
  ]),
);

/** A file in the run's folder; null where it is made after the crate. */
export type LocalFiles = Readonly<Record<string, Pick<ArtifactRef, 'sha256' | 'bytes'> | null>>;

const ABOUT_RUN_FILES: Readonly<Record<string, string>> = {
  [RUN_FILES.record]: 'The record of the run: everything that this crate tells, and more',
  [RUN_FILES.attestation]: 'in-toto statement with SLSA provenance over all files of the run',
  [RUN_FILES.modelCard]: 'Model card of the fine-tuned model',
  [RUN_FILES.history]: "Temporal's history of the run",
  [RUN_FILES.modelSignature]: 'OpenSSF model signing bundle over the fine-tuned encoder',
};

/** @param files all in the run's folder but the crate itself */
export function runCrate(record: RunRecord, files: LocalFiles): Readonly<Record<string, unknown>> {
  const graph = new Graph();
  const licenses = addLicenses(graph, record);
  const inputs = addInputs(graph, record, licenses);
  const outputs = addOutputs(graph, record);
  const runFiles = addRunFiles(graph, files);
  const workflow = graph.add(RUN_FILES.workflow, ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'], {
    ...localFile('veille retrain', files[RUN_FILES.workflow] ?? null),
    encodingFormat: 'application/json',
    ...workflowProperties(graph, record),
    input: inputs.formal,
    output: outputs.formal,
  });
  const materials = new Materials(graph);
  materials.add(record.sources, 'sources');
  const stepActions = record.steps.map((step) => addStepAction(graph, materials, record, step));
  const result = [...outputs.values, ...runFiles];
  addRunActions(graph, record, { workflow, engine: addEngine(graph), object: inputs.values, result, stepActions });
  addDecision(graph, record, outputs.values);
  return { '@context': [`${RO_CRATE}/context`, RUN_TERMS], '@graph': [...head(graph, record, workflow, licenses)] };
}

function addRunFiles(graph: Graph, files: LocalFiles): readonly Reference[] {
  return Object.entries(files).flatMap(([name, stored]) => {
    const described = ABOUT_RUN_FILES[name];
    if (described === undefined) return [];
    const about = name === RUN_FILES.modelCard ? { '@id': './' } : null;
    return [graph.add(name, 'File', { ...localFile(name, stored), description: described, about })];
  });
}

/** The metadata's own entity and the root first, as the specification's examples have them. */
function head(
  graph: Graph,
  { workflowId, runId, finishedAt, config, sources: { origins } }: RunRecord,
  workflow: Reference,
  licenses: Licenses,
): readonly Entity[] {
  const [model, data] = [
    pinnedSource(config.model.source, origins.model),
    pinnedSource(config.data.source, origins.data),
  ];
  const first = new Graph();
  first.add('ro-crate-metadata.json', 'CreativeWork', {
    conformsTo: [{ '@id': RO_CRATE }, { '@id': WORKFLOW_RO_CRATE }],
    about: { '@id': './' },
  });
  const profiles = Object.entries(PROFILES).map(([id, name]) =>
    graph.add(id, 'CreativeWork', { name, version: id.split('/').at(-1) ?? null }),
  );
  const known = [licenses.data, licenses.model].filter((license) => license !== null);
  first.add('./', 'Dataset', {
    name: `veille run ${workflowId}`,
    description: `Retraining of ${model} on ${data}: run ${runId} of workflow ${workflowId}.`,
    datePublished: finishedAt,
    license:
      known.length > 0 ? distinct(known) : 'Not known to the record: ask whoever has the data and the base model.',
    conformsTo: profiles,
    mainEntity: workflow,
    hasPart: graph.ofType('File'),
    mentions: graph.ofType('CreateAction', 'OrganizeAction', 'EndorseAction', 'DisagreeAction', 'Collection'),
  });
  return [...first.entities(), ...graph.entities()];
}

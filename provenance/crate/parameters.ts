/** The workflow's inputs and outputs: formal parameters, each with the value that it had in the run. */
import type { RunRecord } from '../../contracts/run-record.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { addFolder, addObject, digestUri } from './files.ts';
import { localId, type Graph, type Reference } from './graph.ts';

/** Formal parameters and the values that they had, in the same order. */
export interface Parameters {
  readonly formal: readonly Reference[];
  readonly values: readonly Reference[];
}

/** Licences of the data and of the base model; null: unknown. */
export interface Licenses {
  readonly data: Reference | null;
  readonly model: Reference | null;
}

/** The sections of the configuration, and the sources by their bytes. */
export function addInputs(graph: Graph, { config, sources }: RunRecord, licenses: Licenses): Parameters {
  const { data, model, guards } = sources;
  const settings = Object.entries(config).map(([name, value]) => ({
    name,
    type: 'PropertyValue',
    add: (exampleOfWork: Reference) =>
      graph.add(localId('setting', name), 'PropertyValue', { name, value: canonicalJson(value), exampleOfWork }),
  }));
  const files = Object.entries({ 'data file': data, ...prefixed('guard set', guards) }).map(([name, file]) => ({
    name,
    type: 'File',
    add: (exampleOfWork: Reference) =>
      addObject(graph, file, {
        name,
        format: file.format,
        license: file === data ? licenses.data : null,
        exampleOfWork,
      }),
  }));
  const folder = {
    name: 'base model',
    type: 'Collection',
    add: (exampleOfWork: Reference) =>
      addFolder(graph, model, { name: 'base model', license: licenses.model, exampleOfWork }),
  };
  return addParameters(graph, 'input', [...settings, ...files, folder]);
}

/** The objects that a person looks for, by the names that the record has for them. */
export function addOutputs(graph: Graph, { artifacts }: RunRecord): Parameters {
  // Of two names for the same bytes the first stands: an entity has one name.
  const named = new Map(
    Object.entries(artifacts)
      .toReversed()
      .map(([name, ref]) => [digestUri(ref.sha256), { name, ref }]),
  );
  const outputs = [...named.values()].map(({ name, ref }) => ({
    name,
    type: 'File',
    add: (exampleOfWork: Reference) => addObject(graph, ref, { name, exampleOfWork }),
  }));
  return addParameters(graph, 'output', outputs);
}

interface Parameter {
  readonly name: string;
  /** The kind of entity that its values are. */
  readonly type: string;
  readonly add: (exampleOfWork: Reference) => Reference;
}

function addParameters(graph: Graph, role: 'input' | 'output', parameters: readonly Parameter[]): Parameters {
  const added = parameters.map(({ name, type, add }) => {
    const id = localId(role, name);
    const value = add({ '@id': id });
    const formal = graph.add(id, 'FormalParameter', { name, additionalType: type, workExample: value });
    return { formal, value };
  });
  return { formal: added.map(({ formal }) => formal), values: added.map(({ value }) => value) };
}

function prefixed<T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value]));
}

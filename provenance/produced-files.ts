/** The stored files that a step's result refers to, each with a name that says what it is. */
import { artifactRef, fileSet, type ArtifactRef, type FileSet } from '../contracts/artifact.ts';
import type { RecordedStep, RunRecord } from '../contracts/run-record.ts';

export interface ProducedFile {
  /** Place in the result, e.g. `weights/adapter_model.safetensors`, `perQuery`. */
  readonly name: string;
  readonly ref: ArtifactRef;
}

/** Its name is empty where the result is the folder. */
export interface ProducedFolder {
  readonly name: string;
  readonly set: FileSet;
}

/** The steps that made something, in the order of the DAG: `resolve` refers to what the run began with. */
export function producingSteps({ steps }: RunRecord): readonly RecordedStep[] {
  return steps.filter(({ step }) => step !== 'resolve');
}

/** Every file, those of folders by their paths in them, in the order in which the result names them. */
export function filesIn(result: unknown): readonly ProducedFile[] {
  return storedIn(result).flatMap((stored) =>
    'ref' in stored
      ? [stored]
      : stored.set.files.map((file) => ({ name: joined(stored.name, file.path), ref: plain(file) })),
  );
}

/** Single files and whole folders, in the order in which the result names them. */
export function storedIn(result: unknown): readonly (ProducedFile | ProducedFolder)[] {
  return [...walk(result, '')];
}

/** What a result says beside that of a file, such as its rows, is left out. */
const storedFile = artifactRef.strip();
const storedFolder = fileSet.strip();

function* walk(node: unknown, name: string): Generator<ProducedFile | ProducedFolder> {
  if (typeof node !== 'object' || node === null) return;
  const ref = storedFile.safeParse(node);
  const set = storedFolder.safeParse(node);
  if (ref.success) yield { name, ref: ref.data };
  else if (set.success) yield { name, set: set.data };
  else {
    // An encoder's folder is its `files`: the word would say nothing.
    for (const [key, child] of Object.entries(node)) yield* walk(child, key === 'files' ? name : joined(name, key));
  }
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function plain({ key, sha256, bytes }: ArtifactRef): ArtifactRef {
  return { key, sha256, bytes };
}

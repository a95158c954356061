/** Units of retention: what is kept or removed as a whole, and how documents name them. */
import { artifactKey } from '../../contracts/artifact.ts';
import { parseArtifactSource } from '../../contracts/artifact-source.ts';

export type UnitKind = 'run' | 'step' | 'embeddings' | 'checkpoints' | 'artifact';

/** Whatever stands elsewhere is not for garbage collection to judge. */
export const COLLECTED_PREFIXES = ['runs/', 'steps/', 'embeddings/', 'checkpoints/', 'artifacts/'] as const;

const KINDS: readonly (readonly [UnitKind, RegExp])[] = [
  ['artifact', /^artifacts\/sha256\/.+$/],
  ['step', /^steps\/[^/]+\/.+$/],
  ['run', /^runs\/[^/]+\/[^/]+\//],
  ['embeddings', /^embeddings\/[^/]+\//],
  ['checkpoints', /^checkpoints\/[^/]+\//],
];

export interface UnitName {
  /** Key of an artifact or a step record; else the folder, with a slash at its end. */
  readonly name: string;
  readonly kind: UnitKind;
}

/** The unit that an object belongs to; null where it belongs to none. */
export function unitOf(key: string): UnitName | null {
  for (const [kind, pattern] of KINDS) {
    const [name] = pattern.exec(key) ?? [];
    if (name !== undefined) return { name, kind };
  }
  return null;
}

/** The cache of an encoder's embeddings, by the encoder's digest. */
export function embeddingsUnit(encoder: string): string {
  return `embeddings/${encoder}/`;
}

/**
 * Names of all units that a document may rely on: each string in it that is an object's key or an uploaded source, and the
 * embeddings of each digest, since any may be an encoder's. So no version of a document is too new or too old to be understood.
 */
export function unitsNamedIn(document: unknown): Set<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node === 'string') {
      const unit = unitNamedBy(node);
      if (unit !== undefined) names.add(unit);
    } else if (typeof node === 'object' && node !== null) for (const child of Object.values(node)) visit(child);
  };
  visit(document);
  return names;
}

function unitNamedBy(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/.test(text)) return embeddingsUnit(text);
  const uploaded = parseArtifactSource(text);
  return uploaded ? artifactKey(uploaded.sha256) : unitOf(text)?.name;
}

/** Keys of the lists of uploaded folders that a document names: what they name is needed with them. */
export function uploadedFoldersIn(document: unknown): Set<string> {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    const uploaded = typeof node === 'string' ? parseArtifactSource(node) : null;
    if (uploaded?.kind === 'folder') keys.add(artifactKey(uploaded.sha256));
    if (typeof node === 'object' && node !== null) for (const child of Object.values(node)) visit(child);
  };
  visit(document);
  return keys;
}

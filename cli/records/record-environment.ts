/** What computed the steps of a run, as one list of figures: a run may have used several machines. */
import type { Environment } from '../../contracts/environment.ts';
import { leavesOf, leafDifferences, type LeafDifference } from '../../core/leaf-differences.ts';

export interface EnvironmentDifferences {
  /** Build, commit, sources, lock files, image. */
  readonly code: readonly LeafDifference[];
  /** Processor, GPUs, memory, threads, versions. */
  readonly machine: readonly LeafDifference[];
}

const CODE = 'code.';

/** Figures in which the environments of one run are others than those of another one. */
export function environmentDifferences(a: readonly Environment[], b: readonly Environment[]): EnvironmentDifferences {
  const differences = leafDifferences(merged(a), merged(b));
  return {
    code: differences
      .filter(({ path }) => path.startsWith(CODE))
      .map((leaf) => ({ ...leaf, path: leaf.path.slice(CODE.length) })),
    machine: differences.filter(({ path }) => !path.startsWith(CODE)),
  };
}

/** By their dotted paths; a figure that is not the same in all of them is the list of its values. */
function merged(environments: readonly Environment[]): Record<string, unknown> {
  const values = new Map<string, Set<unknown>>();
  for (const environment of environments) {
    for (const [path, leaf] of leavesOf({ ...environment, cpu: cpuOf(environment), gpus: gpusOf(environment) })) {
      values.set(path, (values.get(path) ?? new Set()).add(leaf));
    }
  }
  return Object.fromEntries(
    Array.from(values, ([path, set]) => [path, set.size === 1 ? [...set][0] : [...set].map(String).sort().join(', ')]),
  );
}

/** Lists of which one element more would put all later ones into other places. */
function cpuOf({ cpu }: Environment): object {
  return { ...cpu, instructionSets: cpu.instructionSets.join(' ') };
}

function gpusOf({ gpus }: Environment): string {
  return gpus.map(({ name, memoryMiB, driver }) => `${name}, ${memoryMiB} MiB, driver ${driver}`).join('; ') || 'none';
}

/** The order in which garbage goes: what names other objects before them, so that a killed collection leaves no half. */
import { RUN_FILES } from '../../contracts/run-record.ts';
import { unitOf } from './units.ts';

/** From what is seen first to what only others name. */
function rankOf(key: string): number {
  if (key.endsWith(`/${RUN_FILES.record}`) || key.endsWith('/latest.json')) return 0;
  switch (unitOf(key)?.kind) {
    case 'step':
      return 1;
    case 'artifact':
      return 3;
    default:
      return 2;
  }
}

/** Groups of keys, each to be gone before the next one is begun. */
export function deletionOrder(keys: readonly string[]): string[][] {
  const groups: string[][] = [[], [], [], []];
  for (const key of keys) groups[rankOf(key)]?.push(key);
  return groups.filter((group) => group.length > 0);
}

/** What a collection found as one document, for people and for programs. */
import type { Inventory, StoredUnit } from '../../adapters/retention/inventory.ts';
import type { RetentionPolicy } from '../../adapters/retention/policy.ts';
import { hasRecord } from '../../adapters/retention/survey.ts';
import type { UnitKind } from '../../adapters/retention/units.ts';
import type { RunningWorkflows } from '../observe/running-workflows.ts';

/** `record`: a finished run that the policy drops; `run`: the folder of one that never finished. */
export type GarbageKind = 'record' | UnitKind;

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

export interface GarbageUnit extends Amount {
  readonly kind: GarbageKind;
  /** Key of an object, or a folder with a slash at its end. */
  readonly name: string;
  /** ISO 8601. */
  readonly changedAt: string;
}

export interface GcDocument {
  readonly url: string;
  readonly policy: RetentionPolicy;
  /** ISO 8601: whatever changed later stays. */
  readonly cutoff: string;
  /** Null where nobody was asked. */
  readonly running: { readonly count: number; readonly oldestStart: string | null } | null;
  readonly kept: Amount;
  readonly garbage: readonly GarbageUnit[];
  /** Null where nothing was to be deleted; `spared`: what somebody came to need meanwhile. */
  readonly deleted: (Amount & { readonly spared: number }) | null;
}

export interface GcFacts {
  readonly url: string;
  readonly policy: RetentionPolicy;
  /** Milliseconds since the epoch. */
  readonly cutoff: number;
  readonly running: RunningWorkflows | null;
  readonly inventory: Inventory;
  readonly garbage: readonly StoredUnit[];
  readonly deleted: readonly StoredUnit[] | null;
}

export function gcDocument({ url, policy, cutoff, running, inventory, garbage, deleted }: GcFacts): GcDocument {
  const all = amountOf([...inventory.values()]);
  const listed = amountOf(garbage);
  return {
    url,
    policy,
    cutoff: instant(cutoff),
    running: running && {
      count: running.count,
      oldestStart: running.oldestStart === null ? null : instant(running.oldestStart),
    },
    kept: { objects: all.objects - listed.objects, bytes: all.bytes - listed.bytes },
    garbage: garbage.map((unit) => ({
      kind: hasRecord(unit) ? 'record' : unit.kind,
      name: unit.name,
      objects: unit.keys.length,
      bytes: unit.bytes,
      changedAt: instant(unit.changedAt),
    })),
    deleted: deleted && { ...amountOf(deleted), spared: garbage.length - deleted.length },
  };
}

function amountOf(units: readonly StoredUnit[]): Amount {
  let objects = 0;
  let bytes = 0;
  for (const unit of units) {
    objects += unit.keys.length;
    bytes += unit.bytes;
  }
  return { objects, bytes };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

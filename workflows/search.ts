/** Search attributes of a run, where the server knows them: what lists in the Temporal UI are filtered and sorted by. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../contracts/search-attributes.ts';
import type { RunState } from './run-state.ts';

/** Null unsets an attribute, undefined leaves it as it is. */
type Values = Partial<Record<SearchAttributeName, string | number | null | undefined>>;

/** What is not known yet: the Temporal UI's start form brings along what an earlier run had. */
export const UNKNOWN = {
  VeilleDataRevision: null,
  VeilleVerdict: null,
  VeilleNdcgBefore: null,
  VeilleNdcgAfter: null,
} as const satisfies Values;

export function setSearchAttributes({ prepared }: Pick<RunState, 'prepared'>, values: Values): void {
  if (!prepared.searchable) return;
  upsertSearchAttributes(
    Object.entries(values).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const type = SEARCH_ATTRIBUTES[name as SearchAttributeName];
      return [{ key: defineSearchAttributeKey(name, SearchAttributeType[type]), value }];
    }) as Parameters<typeof upsertSearchAttributes>[0],
  );
}

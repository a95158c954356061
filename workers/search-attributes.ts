/** Makes known to the server what runs are filtered and sorted by in the Temporal UI. */
import { setTimeout as wait } from 'node:timers/promises';
import type { OperatorService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../contracts/search-attributes.ts';
import { reasonOf } from './grpc-status.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
type ValueType = proto.temporal.api.enums.v1.IndexedValueType;

const TYPES: Readonly<Record<(typeof SEARCH_ATTRIBUTES)[SearchAttributeName], ValueType>> = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
};

/** A single server lists them within milliseconds; a cluster of several reads them again every few seconds. */
const LISTED_WITHIN_MS = 10_000;
const POLL_MS = 50;

const ADVICE =
  'runs are not searchable by data, model, verdict and figures until the attributes in contracts/search-attributes.ts ' +
  'exist in the namespace and the worker is started again: temporal operator search-attribute create, or ask its admin';

/**
 * Registers what is missing. Never fails: to set an attribute that the server does not know would fail every run.
 *
 * @param warn takes one message with its attributes
 * @returns whether the server knows all of them, each of the right type
 */
export async function registerSearchAttributes(
  service: OperatorService,
  namespace: string,
  warn: (attributes: Record<string, unknown>, message: string) => void,
): Promise<boolean> {
  try {
    const missing = await missingFrom(service, namespace);
    if (Object.keys(missing).length === 0) return true;
    await service.addSearchAttributes({ namespace, searchAttributes: missing });
    const deadline = performance.now() + LISTED_WITHIN_MS;
    while (Object.keys(await missingFrom(service, namespace)).length > 0) {
      if (performance.now() > deadline) throw new Error('the server took the attributes and does not list them');
      await wait(POLL_MS);
    }
    return true;
  } catch (error) {
    warn({ reason: reasonOf(error) }, ADVICE);
    return false;
  }
}

/** @throws Error when one is there with another type: its values would be refused */
async function missingFrom(service: OperatorService, namespace: string): Promise<Record<string, ValueType>> {
  const { customAttributes } = await service.listSearchAttributes({ namespace });
  const wanted = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, TYPES[type]] as const);
  const other = wanted.find(([name, type]) => customAttributes[name] !== undefined && customAttributes[name] !== type);
  if (other) throw new Error(`search attribute ${other[0]} is there with another type`);
  return Object.fromEntries(wanted.filter(([name]) => customAttributes[name] === undefined));
}

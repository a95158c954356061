/** How often a worker has loaded an encoder, by its log. */
import type { TestStack } from '../../test/fixtures/test-stack.ts';

/** What `EncoderPool` logs before it loads one. */
const LOADING = /"msg":"loading an encoder"/g;

/** @param worker the name that it was started by */
export async function countModelLoads(stack: TestStack, worker: string): Promise<number> {
  const log = await stack.logOf(`worker-${worker}.`);
  return [...log.matchAll(LOADING)].length;
}

/** Activity `prepareRun`: defaults filled in, or the run fails at once with the fields that are wrong. */
import type { PreparedRun } from '../contracts/activities.ts';
import { quoteText } from '../contracts/quote.ts';
import { InputError, parseRetrainInput } from '../contracts/parse-input.ts';
import type { RetrainConfig } from '../contracts/retrain-input.ts';
import { FaissError, Index } from '../native/faiss/index.ts';
import type { CpuActivityDeps } from './deps.ts';

/** The input may name a factory that fits some sizes of vector only: common ones that many numbers divide. */
const DIMENSIONS = [384, 768, 1_024];

export function createPrepareRun({ worker }: Pick<CpuActivityDeps, 'worker'>) {
  return async (input: unknown): Promise<PreparedRun> => ({ config: preparedConfig(input), ...worker });
}

/** @throws InputError naming each field that is wrong */
export function preparedConfig(input: unknown): RetrainConfig {
  const config = parseRetrainInput(input);
  checkFactory(config.index.factory);
  return config;
}

/** FAISS alone knows its factory strings: it is asked before anything is computed, not after the training. */
function checkFactory(factory: string): void {
  const reasons = DIMENSIONS.map((dimensions) => {
    try {
      Index.fromFactory(dimensions, factory, 'inner-product').dispose();
      return null;
    } catch (error) {
      if (error instanceof FaissError) return error.message;
      throw error;
    }
  });
  const [reason] = reasons;
  if (typeof reason === 'string' && !reasons.includes(null))
    throw new InputError([
      { field: 'index.factory', problem: `is ${quoteText(JSON.stringify(factory))}: ${quoteText(reason, 200)}` },
    ]);
}

/** Check of the Hugging Face hub, which sources that begin with hf:// are read from. */
import type { HubOptions } from '../../adapters/hub/hub.ts';
import { type Check, warn } from './check.ts';

const PATIENCE_MS = 5_000;

/** The token itself is not printed, and sent to the hub alone, which says whether it is good. */
export function hubCheck({ endpoint, token, offline, cache }: HubOptions): Check {
  const fix = 'only sources that begin with hf:// need it: check the network, HF_ENDPOINT and HF_TOKEN';
  return {
    name: 'Hugging Face',
    fix,
    async look() {
      if (offline) return `offline (HF_HUB_OFFLINE): what is in ${cache} must do`;
      const question = token === null ? 'models?limit=1' : 'whoami-v2';
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const status = await fetch(`${endpoint}/api/${question}`, { headers, signal, redirect: 'manual' }).then(
        (response) => response.body?.cancel().then(() => response.status),
        () => null,
      );
      if (status !== 200)
        return warn(`${endpoint} ${status ? `answers ${status}` : 'is not reachable'}; cache ${cache}`, fix);
      return `${endpoint}, ${token === null ? 'anonymous' : 'with a token'}; cache ${cache}`;
    },
  };
}

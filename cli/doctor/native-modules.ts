/** Checks that the native modules load in this Node: a missing library shows here, not in a run at night. */
import type { Check } from './check.ts';

export const nativeChecks: readonly Check[] = [
  {
    name: 'FAISS binding',
    fix: 'run: npm run setup (builds it; needs g++ and libfaiss-dev)',
    async look() {
      const { faissVersion } = await import('../../native/faiss/index.ts');
      return `FAISS ${faissVersion()}`;
    },
  },
  {
    name: 'ONNX Runtime',
    fix: 'run: npm ci (brings the binary along)',
    async look() {
      const { env } = await import('onnxruntime-node');
      return env.versions.node ?? 'loads';
    },
  },
  {
    name: 'Tokenizers',
    fix: 'run: npm ci (brings the binary along)',
    async look() {
      await import('tokenizers');
      return 'loads';
    },
  },
];

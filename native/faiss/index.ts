/** Node binding of FAISS, for similarity search over dense vectors: typed arrays, promises, no work on the event loop. */
export { FaissError, type FaissErrorCode } from './errors.ts';
export { Index } from './faiss-index.ts';
export { IndexFlatIP, IndexFlatL2 } from './flat.ts';
export type { Metric } from './native-index.ts';
export { faissVersion, setThreads, threads } from './runtime.ts';
export type { SearchResult } from './search-result.ts';

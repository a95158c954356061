/** The two task queues and the workflow types: the addresses by which processes find each other. */

/** Dataset, split, embedding, index, evaluation, record: anything that a CPU does. */
export const CPU_QUEUE = 'veille-cpu';

/** Export and fine-tuning: one slot a device. */
export const GPU_QUEUE = 'veille-gpu';

export const RETRAIN_WORKFLOW = 'retrain';

/** Query answered by `retrain` with a {@link import('./progress.ts').RunProgress}. */
export const PROGRESS_QUERY = 'progress';

/** Signal from `embed` to `retrain` with an {@link import('./progress.ts').EmbeddedSignal}. */
export const EMBEDDED_SIGNAL = 'embedded';

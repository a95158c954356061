/** The two task queues, the workflow types and their messages: the addresses by which processes find each other. */

/** Dataset, split, embedding, index, evaluation, record: anything that a CPU does. */
export const CPU_QUEUE = 'veille-cpu';

/** Export and fine-tuning: one slot a device. */
export const GPU_QUEUE = 'veille-gpu';

export const RETRAIN_WORKFLOW = 'retrain';
export const SWEEP_WORKFLOW = 'sweep';
export const TRIAL_WORKFLOW = 'trial';

/** Query answered by `retrain` and `trial` with a {@link import('./progress.ts').RunProgress}. */
export const PROGRESS_QUERY = 'progress';

/** Query answered by `sweep` with a {@link import('./sweep-result.ts').SweepProgress}. */
export const SWEEP_QUERY = 'sweep';

/** Query answered by `embed` with a {@link import('./progress.ts').WorkCount}. */
export const EMBEDDED_QUERY = 'embedded';

/** Signal from the work on a step to its run with a {@link import('./progress.ts').NotedSignal}. */
export const NOTED_SIGNAL = 'noted';

/** Signal of earlier versions with a {@link import('./progress.ts').CountedSignal}, which runs still take. */
export const COUNTED_SIGNAL = 'counted';

/** Update with an {@link import('./control.ts').Approval}: the answer that `promote: manual` waits for. */
export const APPROVE_UPDATE = 'approve';

/** Updates with a {@link import('./control.ts').Intervention}: no further step starts; steps start again. */
export const PAUSE_UPDATE = 'pause';
export const RESUME_UPDATE = 'resume';

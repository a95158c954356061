/** The whole workflow on the device: its figures, a kill in mid-training, scarce memory, and the audit of its record. */
import { auditRun } from '../../audit/audit-run.ts';
import { weightDifference } from '../../cli/reproduce/measure-objects.ts';
import { CPU_QUEUE } from '../../contracts/queues.ts';
import type { RetrainInput } from '../../contracts/retrain-input.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { fineTuneResult } from '../../contracts/steps.ts';
import { findRecord } from '../../cli/records/find-record.ts';
import { startTestStack, type TestStack } from '../../test/fixtures/test-stack.ts';
import { forgetTrainings } from '../../test/fixtures/training-store.ts';
import { withCudaLibraries } from '../../workers/cuda-libraries.ts';
import { retrain } from '../../workflows/retrain.ts';
import { startPython } from '../python-peer.ts';
import { killRun } from '../resume/kill.ts';
import { holds, type ProofPart } from './claim.ts';

/** MiB that hold the model and a part of the batch below, but not all of it. */
const SCARCE_MIB = 2_500;
const LARGE_BATCH = 512;
/** Step after which the worker that trains is killed: two after a checkpoint. */
const KILL_AFTER = 12;

export interface RetrainingTask {
  readonly onGpu: boolean;
  readonly input: RetrainInput;
  readonly log: (line: string) => void;
}

/** The demo's recipe, encoded on the device. */
export function demoInput(onGpu: boolean, rows: number): RetrainInput {
  return {
    preset: 'demo',
    data: { limit: rows },
    ...(onGpu ? { embedding: { device: 'cuda', precision: 'fp16' } } : {}),
    tracking: { mode: 'none' },
  };
}

export async function proveRetraining({ onGpu, input, log }: RetrainingTask): Promise<ProofPart> {
  const stack = await startTestStack();
  try {
    const gpuEnvironment = { ...(onGpu ? withCudaLibraries({}) : {}), VEILLE_LOG_LEVEL: 'debug' };
    const workers = await Promise.all(['gpu-1', 'gpu-2'].map((name) => stack.startWorker('gpu', name, gpuEnvironment)));
    await stack.startWorker('cpu');
    log('a run that nobody disturbs');
    const started = performance.now();
    const result = await run(stack, 'undisturbed', input);
    const seconds = (performance.now() - started) / 1_000;

    log(`the same, killed by SIGKILL after step ${KILL_AFTER}`);
    await forgetTrainings(stack);
    const killed = await killRun(stack, workers, { workflowId: 'killed', input, kill: 'SIGKILL', atStep: KILL_AFTER });
    const difference = await weightsApart(stack);

    const { state } = await auditOf(stack, 'undisturbed');
    const trainer = await trainerOf(stack, 'undisturbed');
    const claims = [
      holds('the run ends with a verdict', result.gate.verdict.verdict !== null, result.gate.verdict.verdict),
      holds(
        'a training killed in mid-step goes on from its checkpoint',
        killed.stepsLost < KILL_AFTER,
        `${killed.stepsLost} steps lost`,
      ),
      holds(
        'no text is embedded again',
        killed.result.texts.encoded === 0 || difference > 0,
        `${killed.result.texts.encoded} texts`,
      ),
      holds('the record audits clean to the ranks', state === 'clean', state),
    ];
    if (onGpu) {
      log('with little memory');
      claims.push(...(await scarce(stack, input)));
    }
    return {
      title: `Retraining, ${input.preset ?? 'demo'}`,
      claims,
      figures: {
        'nDCG@10 zero-shot → fine-tuned': `${figureOf(result, 'base')} → ${figureOf(result, 'fineTuned')}`,
        'largest difference of a weight after kill and resume':
          difference === 0 ? '0 (same bytes)' : difference.toExponential(1),
        'trained on': trainer,
        'the whole run': `${seconds.toFixed(0)} s`,
      },
    };
  } finally {
    await stack.stop();
  }
}

async function run(stack: TestStack, workflowId: string, input: RetrainInput): Promise<RunResult> {
  const args: [RetrainInput] = [input];
  return stack.client.workflow.execute(retrain, { workflowId, taskQueue: CPU_QUEUE, args });
}

/** One batch of all pairs, and little memory beside it: the training says that it computes in parts, and ends well. */
async function scarce(stack: TestStack, input: RetrainInput) {
  const memory = startPython('hold_gpu_memory.py', [], 1);
  try {
    await memory.call('hold', { leaveMib: SCARCE_MIB });
    const training = { ...input.training, batchSize: LARGE_BATCH, maxSteps: 2, noDuplicatesInBatch: false };
    const { steps } = await run(stack, 'scarce', { ...input, training });
    const note = steps.find(({ name }) => name === 'fine-tune')?.note ?? 'no note';
    return [holds('a training batch that memory does not hold is halved', /in parts of/.test(note), note)];
  } finally {
    await memory.stop();
  }
}

async function weightsApart(stack: TestStack): Promise<number> {
  const [one, other] = await Promise.all([weightsOf(stack, 'undisturbed'), weightsOf(stack, 'killed')]);
  return weightDifference([stack, stack], [one, other]);
}

async function weightsOf({ objects }: TestStack, workflowId: string) {
  const { steps } = await findRecord(objects, { workflowId, runId: undefined });
  return fineTuneResult.parse(steps.find(({ step }) => step === 'fine-tune')?.result).weights;
}

/** Device and precision, as the trainer said them. */
async function trainerOf({ objects }: TestStack, workflowId: string): Promise<string> {
  const { steps } = await findRecord(objects, { workflowId, runId: undefined });
  const trainer = steps.find(({ step }) => step === 'fine-tune')?.madeBy.trainer;
  return trainer ? `${trainer.device}, ${trainer.precision}` : 'not told';
}

async function auditOf(stack: TestStack, workflowId: string) {
  const { workflowId: id, runId } = await findRecord(stack.objects, { workflowId, runId: undefined });
  return auditRun(
    stack.objects,
    { workflowId: id, runId },
    {
      deep: true,
      scratch: stack.path('audit'),
      keys: [],
      requireSignature: false,
      allowUnsigned: true,
      only: null,
      tsaCertificate: null,
      computed: new Map(),
      codeSources: null,
      verified: { has: async () => false, add: async () => {} },
      onBytes() {},
      onCheck() {},
      signal: new AbortController().signal,
    },
  );
}

function figureOf({ metrics }: RunResult, model: 'base' | 'fineTuned'): string {
  return metrics[model]['retrieval/nDCG@10']?.toFixed(4) ?? '?';
}

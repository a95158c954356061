/** Activity `exportEncoder`: a sentence-transformers folder, with its adapter merged, becomes an ONNX encoder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { CodeDigests } from '../adapters/machine/code-digests.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { runTrainer } from '../adapters/trainer/trainer-process.ts';
import type { ExportInput } from '../contracts/activities.ts';
import { encoderRef, type EncoderRef, type StepOutcome } from '../contracts/steps.ts';
import { type EncoderInfo, encoderInfo, TRAINER_EXIT } from '../contracts/trainer.ts';
import { digestOf } from '../core/canonical.ts';
import type { ActivityDeps } from './deps.ts';
import { withScratch } from './scratch.ts';
import { recallStep, runStep, type Step } from './step.ts';
import { tellTrainer } from './trainer-environment.ts';
import { trainerFailure } from './trainer-failure.ts';
import { keepTrainerLog } from './trainer-log.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'records' | 'trainer' | 'code' | 'scratch' | 'preemption'>;

/** What the exporter says of an encoder, a file beside it. */
export const ENCODER_INFO = 'encoder.json';

/** The rule by which a text is padded (core/batches.ts): it decides the last bits of an embedding. */
const PADDING = 'multiple-of-8';

export function exportStep(
  { model, adapter, maxSeqLength, precision, device }: ExportInput,
  code: CodeDigests,
): Step<EncoderRef> {
  return {
    identity: {
      name: 'export',
      version: 4,
      code: digestOf(code),
      inputs: { model: model.digest, ...(adapter ? { adapter: adapter.digest } : {}) },
      parameters: { maxSeqLength, precision, device },
    },
    schema: encoderRef,
  };
}

/** Activity `recallExport`: the recorded export, looked up where no GPU is needed. */
export function createRecallExport({ records, code }: Pick<ActivityDeps, 'records' | 'code'>) {
  return (input: ExportInput): Promise<StepOutcome<EncoderRef> | null> => recallStep(records, exportStep(input, code));
}

export function createExportEncoder({ artifacts, records, trainer, code, scratch, preemption }: Deps) {
  return (input: ExportInput): Promise<StepOutcome<EncoderRef>> =>
    runStep(records, exportStep(input, code), (tell) =>
      withScratch(scratch, 'export', async (folder) => {
        const [model, adapter, output] = ['model', 'adapter', 'encoder'].map((name) => join(folder, name)) as [
          string,
          string,
          string,
        ];
        await artifacts.getFolder(input.model, model);
        if (input.adapter) await artifacts.getFolder(input.adapter, adapter);
        const { maxSeqLength, precision } = input;
        const end = await runTrainer(
          trainer,
          { kind: 'export', model, adapter: input.adapter ? adapter : null, output, maxSeqLength, precision },
          { folder, onEvent: tellTrainer(tell), stop: [preemption, Context.current().cancellationSignal] },
        );
        const log = await keepTrainerLog(artifacts, end.log);
        if (end.exitCode !== TRAINER_EXIT.done) throw trainerFailure(end, log);
        return storeEncoder(artifacts, output, input.device, code.runtime);
      }),
    );
}

async function storeEncoder(
  artifacts: ArtifactStore,
  folder: string,
  device: EncoderRef['device'],
  runtime: string,
): Promise<EncoderRef> {
  const info = encoderInfo.parse(JSON.parse(await readFile(join(folder, ENCODER_INFO), 'utf8')));
  const files = await artifacts.putFolder(folder);
  const { maxDifference, minCosine, meanCosine } = info;
  return {
    digest: encoderDigest(info, { files, device, runtime }),
    files,
    dimensions: info.dimensions,
    maxSeqLength: info.maxSeqLength,
    precision: info.precision,
    device,
    runtime,
    parity: { maxDifference, minCosine, meanCosine },
  };
}

/**
 * Covers what decides an embedding: weights, tokenizer, graph, the padding rule, precision, whether a CPU or a GPU
 * computes it, and the versions of what runs the graph.
 *
 * @param info the folder's encoder.json
 */
export function encoderDigest(
  info: EncoderInfo,
  { files: { files }, device, runtime }: Pick<EncoderRef, 'files' | 'device' | 'runtime'>,
): string {
  // What was measured may vary by machine; it is told, but it is no part of what the encoder is.
  const { maxDifference: _, minCosine: __, meanCosine: ___, ...described } = info;
  const digests = files.filter(({ path }) => path !== ENCODER_INFO).map(({ path, sha256 }) => ({ path, sha256 }));
  return digestOf({ ...described, digests, device, padding: PADDING, ...(runtime === undefined ? {} : { runtime }) });
}

/** Proves the GPU path on the machine at hand: `npm run prove:gpu`, `npm run prove:gpu -- --help`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { execa } from 'execa';
import { pino } from 'pino';
import { findGpus } from '../../adapters/machine/gpus.ts';
import { PRESET_NAMES } from '../../contracts/retrain-input.ts';
import { ROOT } from '../../test/fixtures/paths.ts';
import { checkDevice } from '../../workers/check-device.ts';
import { loadWorkerConfig } from '../../workers/config.ts';
import { withCudaLibraries } from '../../workers/cuda-libraries.ts';
import { describeEnvironment } from '../../workers/describe-environment.ts';
import { holds, type ProofPart } from './claim.ts';
import { proveEncoding } from './encoding.ts';
import { failedClaims, type Proof, toMarkdown } from './report.ts';
import { demoInput, proveRetraining } from './retraining.ts';

const NOTES = `
Checks the devices, compares embeddings in fp32 and fp16 with the CPU's, runs out of memory on purpose, retrains the demo's
model on the GPU, kills that in mid-training, and audits the record. Writes .veille/gpu-proof/proof.md and proof.json;
docs/gpu.md has a place for the first. With --preset, the whole preset is run after that: its sources have to be reached.

Exit code: 0 everything holds, 1 something does not, or there is no GPU.`;

/** Said to the process that has the libraries. */
const WITH_LIBRARIES = '--with-libraries';

interface Options {
  readonly rehearse: boolean;
  readonly withLibraries?: boolean;
  readonly texts: number;
  readonly rows: number;
  readonly preset?: (typeof PRESET_NAMES)[number];
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

const program = new Command('prove:gpu')
  .description('Proves that encoding and training work on this machine’s NVIDIA GPU.')
  .option('--rehearse', 'do it all on the CPU, but for what only a GPU has: proves the proof', false)
  .option('--texts <n>', 'texts to embed', positiveInteger, 512)
  .option('--rows <n>', 'rows of the demo’s data to retrain on', positiveInteger, 2_000)
  .addOption(new Option('--preset <name>', 'retrain this preset too, as it is').choices(PRESET_NAMES))
  .addOption(new Option(WITH_LIBRARIES).hideHelp())
  .addHelpText('after', NOTES);

/** This program once more, with the libraries on its path: the dynamic linker reads that at a process's start only. */
async function startedAgain(): Promise<number> {
  const { exitCode } = await execa(process.execPath, [...process.execArgv, ...process.argv.slice(1), WITH_LIBRARIES], {
    env: withCudaLibraries({}),
    stdio: 'inherit',
    reject: false,
  });
  return exitCode ?? 1;
}

async function prove({ rehearse, texts, rows, preset }: Options): Promise<Proof> {
  const config = loadWorkerConfig();
  const log = (line: string): void => console.error(`prove:gpu  ${line}`);
  const logger = pino({ base: null, timestamp: false }, { write: (line) => log(line.trim()) });
  const cuda = await checkDevice(config.trainer.python, logger);
  const devices: ProofPart = {
    title: 'Devices',
    claims: cuda
      ? [
          holds('PyTorch computes on the GPU', cuda.torch.usable, cuda.torch.detail),
          holds('ONNX Runtime computes on the GPU', cuda.onnxruntime.usable, cuda.onnxruntime.detail),
        ]
      : [],
    figures: {},
  };
  const parts: ProofPart[] = [devices];
  if (devices.claims.every((claim) => claim.holds)) {
    log(`embedding ${texts} texts`);
    parts.push(await proveEncoding({ device: rehearse ? 'cpu' : 'cuda', texts, threads: config.threads }));
    parts.push(await proveRetraining({ onGpu: !rehearse, input: demoInput(!rehearse, rows), log }));
    if (preset) parts.push(await proveRetraining({ onGpu: !rehearse, input: { preset }, log }));
  }
  return { onGpu: !rehearse, environment: await describeEnvironment(config, cuda), parts };
}

async function main(): Promise<number> {
  const options = program.parse().opts<Options>();
  if (!options.rehearse && (await findGpus()).length === 0) {
    console.error(
      'prove:gpu  There is no NVIDIA GPU here (nvidia-smi does not answer). --rehearse does it on the CPU.',
    );
    return 1;
  }
  if (!options.rehearse && !options.withLibraries) return startedAgain();
  const proof = await prove(options);
  const folder = join(ROOT, '.veille', 'gpu-proof');
  await mkdir(folder, { recursive: true });
  const markdown = toMarkdown(proof);
  await writeFile(join(folder, 'proof.md'), markdown);
  await writeFile(join(folder, 'proof.json'), `${JSON.stringify(proof, null, 2)}\n`);
  console.log(`${markdown}\nWritten to ${folder}`);
  const failed = failedClaims(proof);
  for (const claim of failed) console.error(`prove:gpu  does not hold: ${claim}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();

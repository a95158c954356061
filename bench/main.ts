/** Measures one part of the program, beside its peers: `npm run bench -- NAME [--json]`, `npm run bench -- --help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { audit } from './audit/audit.ts';
import type { Benchmark } from './benchmark.ts';
import { cache } from './cache/cache.ts';
import { toDocument } from './document.ts';
import { embed } from './embed/embed.ts';
import { encode } from './encode/encode.ts';
import { describeMachine } from './machine.ts';
import { faults } from './faults/faults.ts';
import { noop } from './noop/noop.ts';
import { quality } from './quality/quality.ts';
import { resume } from './resume/resume.ts';
import { search } from './search/search.ts';
import { toLines } from './table.ts';
import { train } from './train/train.ts';

const BENCHMARKS: readonly Benchmark[] = [encode, cache, embed, search, noop, faults, resume, train, quality, audit];

const NOTES = `
Each stands alone on an idle machine: a load above 0.5 at the start is other people's work in the figures.
Aims stand beside the figures and fail nothing. With --json, only the document is on standard output
(npm run --silent bench -- NAME --json).`;

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

function commandOf(benchmark: Benchmark): Command {
  const command = new Command(benchmark.name)
    .description(benchmark.summary)
    .option('--json', 'one JSON document on standard output')
    .option('--rounds <n>', 'times that everything is measured', positiveInteger, benchmark.rounds);
  for (const [name, { value, description }] of Object.entries(benchmark.sizes))
    command.option(`--${name} <n>`, description, positiveInteger, value);
  return command.action(async (options: Readonly<Record<string, unknown>>) => {
    const sizes = Object.fromEntries(Object.keys(benchmark.sizes).map((name) => [name, Number(options[name])]));
    await measure(benchmark, sizes, Number(options['rounds']), options['json'] === true);
  });
}

async function measure(
  benchmark: Benchmark,
  sizes: Readonly<Record<string, number>>,
  rounds: number,
  json: boolean,
): Promise<void> {
  const machine = describeMachine();
  const scratch = mkdtempSync(join(tmpdir(), `veille-bench-${benchmark.name}-`));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const log = (line: string): void => console.error(`${benchmark.name}: ${line}`);
  const report = await benchmark.run({ rounds, sizes, scratch, log });
  const document = toDocument(benchmark, { rounds, sizes }, machine, report);
  console.log(json ? JSON.stringify(document, null, 2) : toLines(machine, report).join('\n'));
}

// An orderly exit, at which servers and peers are ended and the scratch folder goes.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
const program = new Command('bench')
  .description('Measures one part of veille, beside its peers and on this machine.')
  .addHelpText('after', NOTES);
for (const benchmark of BENCHMARKS) program.addCommand(commandOf(benchmark));
await program.parseAsync();

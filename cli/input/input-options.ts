/** The options that make up a run's input, wherever a command takes one. */
import type { Command } from 'commander';
import { PRESETS } from '../../contracts/presets.ts';

export function addInputOptions(command: Command): Command {
  return command
    .option(
      '--preset <name>',
      `named set of values to start from: ${Object.keys(PRESETS).join(', ')} (default: own where data or a model is named, else demo)`,
    )
    .option('--name <text>', 'what pages and messages call it (default: its preset, or its data and model)')
    .option('--config <file>', 'JSON file with any part of the input')
    .option('--data <file>', 'data that lies here, which is put into the bucket: parquet, JSON Lines or CSV')
    .option('--model <folder>', 'base model that lies here, the same way: a sentence-transformers folder')
    .option('--guard <name=file>', 'data of a guard set that lies here, the same way; repeatable', collect)
    .option('--set <key.path=value>', 'one value over the others; JSON, else text; repeatable', collect);
}

/** Keeps every value of an option that may be repeated. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

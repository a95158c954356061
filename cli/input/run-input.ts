/** Parts of a run's input: the file's values, over them preset and name, over them the assignments. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '../exit.ts';
import type { LocalSourceOptions } from './local-sources.ts';
import { assign, isObject, parseAssignment, type InputObject } from './assignment.ts';

export interface InputOptions extends LocalSourceOptions {
  readonly name?: string;
  readonly preset?: string;
  /** Path of a JSON file. */
  readonly config?: string;
}

/** The preset, the name and the assignments over a run's input. */
export function withOptions(input: InputObject, { preset, name, set = [] }: InputOptions): InputObject {
  const base = { ...input, ...(preset === undefined ? {} : { preset }), ...(name === undefined ? {} : { name }) };
  return set.map(parseAssignment).reduce(assign, base);
}

/**
 * What the file of `--config` holds; {} without one.
 *
 * @throws {UsageError} for a file that can't be read or holds no JSON object
 */
export async function configFile({ config }: InputOptions): Promise<InputObject> {
  return config === undefined ? {} : readConfig(config);
}

async function readConfig(path: string): Promise<InputObject> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--config ${path}: can't be read: ${messageOf(cause)}`, { cause });
  });
  const value = parseJson(path, text);
  if (!isObject(value)) throw new UsageError(`--config ${path}: must hold one JSON object, such as {"preset": "demo"}`);
  return value;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`--config ${path}: is no JSON: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads `--set key.path=value` and lays such values over a run's input. */
import { UsageError } from '../exit.ts';

/** A run's input before the workflow has validated it: any JSON object. */
export type InputObject = { [key: string]: unknown };

export interface Assignment {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * The value is JSON where it parses as JSON (`10`, `true`, `null`, `["a"]`), and a string otherwise.
 *
 * @throws {UsageError} when there is no `=`, or the path is no dotted list of names.
 */
export function parseAssignment(text: string): Assignment {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).split('.');
  if (equals < 1 || !path.every((name) => /^[A-Za-z][\w-]*$/.test(name))) {
    throw new UsageError(`--set "${text}": write key.path=value, for example --set training.maxSteps=50`);
  }
  return { path, value: jsonOrString(text.slice(equals + 1)) };
}

/** What a value on the command line means: JSON where it parses as JSON, and text otherwise. */
export function jsonOrString(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A copy of `input` with the value set; sections that are missing are made.
 *
 * @throws {UsageError} when the path leads through a value that is no section, such as `training.lora=false`.
 */
export function assign(input: InputObject, { path, value }: Assignment): InputObject {
  const [name, ...rest] = path;
  if (name === undefined) return input;
  if (rest.length === 0) return { ...input, [name]: value };
  const section = Object.hasOwn(input, name) ? input[name] : {};
  if (!isObject(section)) {
    throw new UsageError(`--set: "${name}" is ${JSON.stringify(section)}, so "${rest.join('.')}" can't be set in it.`);
  }
  return { ...input, [name]: assign(section, { path: rest, value }) };
}

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is InputObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

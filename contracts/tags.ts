/** A person's words on a run, `runs/<workflow id>/<run id>/tags/<name>.json`: they keep it from retention. */
import { z } from 'zod';
import type { Provenance } from './artifact.ts';
import { runFolder } from './run-record.ts';

/** It is a part of an object's key, and is typed on command lines. */
export const tagName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" and "-"')
  .describe("The object's name, without .json");

/** The object of one tag; its name is the object's. */
export const tag = z.strictObject({
  by: z.string().min(1).describe('Who put it there'),
  at: z.iso.datetime(),
  note: z.string().nullable().describe('Why'),
});
export type Tag = z.infer<typeof tag>;

/** Where all tags of a run stand, with a slash at its end. */
export function tagFolder(run: Provenance): string {
  return `${runFolder(run)}tags/`;
}

/**
 * The run that an object is a tag of.
 *
 * @param key of any object
 * @returns null when it is no tag; `folder` is {@link runFolder} of the run
 */
export function parseTagKey(key: string): { readonly folder: string; readonly name: string } | null {
  const { folder, name } = /^(?<folder>runs\/[^/]+\/[^/]+\/)tags\/(?<name>[^/]+)\.json$/.exec(key)?.groups ?? {};
  return folder === undefined || name === undefined || !tagName.safeParse(name).success ? null : { folder, name };
}

/** Brings a file of rows to this machine and checks it before anything is stored: format, pin, columns. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubOrigin } from '../contracts/steps.ts';
import { sha256OfFile } from '../adapters/object-store/file-digest.ts';
import { detectFormat, type RowFormat } from '../adapters/rows/detect-format.ts';
import { readRows } from '../adapters/rows/read-rows.ts';
import { type DataSources, fetchData, type Fetching } from '../adapters/sources/data-source.ts';
import { SourceError } from '../adapters/sources/source-error.ts';

/** What the input says of a file. */
export interface DataSpecification {
  /** Section of the input that says it, for messages: `data`, or `gate.guards.NAME.data`. */
  readonly section: string;
  readonly source: string;
  /** Split of a data set of the hub. */
  readonly split: string;
  readonly format: RowFormat | 'auto';
  /** Pinned digest; null: any. */
  readonly sha256: string | null;
  /** Columns that it must have with values of the right type. */
  readonly columns: readonly string[];
  /** Those of them that may hold numbers. */
  readonly numeric: readonly string[];
  /** Columns that a later step may read. */
  readonly optional: readonly string[];
}

export interface DataFile {
  readonly path: string;
  readonly format: RowFormat;
  readonly sha256: string;
  /** Null: it is not of the hub. */
  readonly origin: HubOrigin | null;
}

/**
 * @param folder where a download may go
 * @throws SourceError when it is not there, or not what its pin says
 * @throws RowsError when it is no file of that format, or its first row lacks a column
 */
export async function fetchDataFile(
  { section, source, split, columns, numeric, optional, ...wanted }: DataSpecification,
  sources: DataSources,
  folder: string,
  fetching: Fetching,
): Promise<DataFile> {
  // Downloads keep their names, and two sources may have the same.
  const own = await mkdtemp(join(folder, 'data-'));
  const data = { source, split, columns, numeric, optional, format: wanted.format, field: `${section}.source` };
  const { path, name, origin, ...fetched } = await fetchData(data, sources, own, fetching);
  const format = fetched.format ?? (wanted.format === 'auto' ? detectFormat(name, section) : wanted.format);
  const sha256 = await sha256OfFile(path);
  if (wanted.sha256 !== null && wanted.sha256 !== sha256)
    throw new SourceError(
      'changed',
      `${section}.source ${source} has sha256 ${sha256}, but ${section}.sha256 pins ${wanted.sha256}: ` +
        'restore the pinned file, or change the pin',
    );
  for await (const _ of readRows(path, { format, columns, numeric, limit: 1, name: source, section })) break;
  return { path, format, sha256, origin };
}

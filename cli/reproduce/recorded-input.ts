/** The input of a record once more, with its sources as local files: what a reproduction runs on. */
import { join } from 'node:path';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { RetrainConfig } from '../../contracts/retrain-input.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { ResolveResult } from '../../contracts/steps.ts';

/** Local paths of the sources. */
interface SourceFiles {
  readonly data: string;
  readonly model: string;
  readonly guards: Readonly<Record<string, string>>;
}

/**
 * Brings data, guard sets and base model to a folder, each file checked by its digest.
 *
 * @param folder made here, on the file system of the artifacts' cache
 * @throws ArtifactLostError when one of them is no longer in the bucket, or damaged
 * @throws UnsafePathError when a path of the record would lead out of the folder
 */
export async function recordedInput(
  artifacts: ArtifactStore,
  { config, sources, licenses }: RunRecord,
  folder: string,
): Promise<RetrainConfig> {
  const file = ({ format, ...ref }: ResolveResult['data'], name: string): Promise<string> =>
    artifacts.getFile(ref, folder, `${name}.${format}`);
  const guards: Record<string, string> = {};
  for (const [name, ref] of Object.entries(sources.guards)) guards[name] = await file(ref, `guard-${name}`);
  const model = join(folder, 'model');
  await artifacts.getFolder(sources.model, model);
  return inputOn({ config, sources, licenses }, { data: await file(sources.data, 'data'), model, guards });
}

/** Pinned to the recorded bytes; nobody is told, nothing is promoted or tracked. */
function inputOn(
  { config, sources, licenses }: Pick<RunRecord, 'config' | 'sources' | 'licenses'>,
  files: SourceFiles,
): RetrainConfig {
  const guards = Object.entries(config.gate.guards).map(([name, guard]) => {
    const { format, sha256 } = sources.guards[name] ?? guard.data;
    return [name, { ...guard, data: { ...guard.data, source: files.guards[name] ?? '', format, sha256 } }] as const;
  });
  const { format, sha256 } = sources.data;
  return {
    ...config,
    data: { ...config.data, source: files.data, format, sha256, license: licenses.data },
    model: { ...config.model, source: files.model, license: licenses.model },
    gate: { ...config.gate, guards: Object.fromEntries(guards) },
    promote: 'never',
    notify: 'never',
    tracking: { ...config.tracking, mode: 'none' },
  };
}

/** What a run was made of, for SLSA's `resolvedDependencies`: data, base model, guard sets, code, images. */
import type { CodeVersion } from '../contracts/environment.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { HubOrigin } from '../contracts/steps.ts';
import { canonicalJson } from '../core/canonical.ts';
import { resource, type ResourceDescriptor } from './resource.ts';

const IMAGE_DIGEST = /@sha256:([0-9a-f]{64})$/;

/** Sources first, then the code of every worker that computed a step. */
export function resolvedDependencies(record: RunRecord): readonly ResourceDescriptor[] {
  const { sources, environments } = record;
  const { data, model, guards, origins } = sources;
  const code = Object.entries(environments)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, environment]) => codeDependencies(environment.code));
  return [
    resource('data', data, data.key),
    ...model.files.map((file) => resource(`model/${file.path}`, file, file.key)),
    ...Object.entries(guards).map(([name, guard]) => resource(`guards/${name}`, guard, guard.key)),
    ...repositoryDependency('data', origins.data),
    ...repositoryDependency('model', origins.model),
    ...Object.entries(origins.guards).flatMap(([name, origin]) => repositoryDependency(`guards/${name}`, origin)),
    ...new Map(code.map((dependency) => [canonicalJson(dependency), dependency])).values(),
  ];
}

/** The commit that files were read at, where they are of the hub. */
function repositoryDependency(name: string, origin: HubOrigin | null): ResourceDescriptor[] {
  if (origin === null) return [];
  const { repository, commit, revision } = origin;
  const uri = `hf://${repository}@${commit}`;
  return [{ name: `repository of ${name}`, uri, digest: { gitCommit: commit }, annotations: { revision } }];
}

function codeDependencies({ buildId, commit, dirty, sources, locks, image }: CodeVersion): ResourceDescriptor[] {
  const commits = commit === null ? [] : [{ name: 'source', digest: { gitCommit: commit }, annotations: { dirty } }];
  return [
    ...commits,
    { name: 'sources that a worker runs', digest: { sha256: sources }, annotations: { buildId } },
    resource('package-lock.json', { sha256: locks.npm }),
    resource('trainer/requirements.lock', { sha256: locks.python }),
    ...(image === null ? [] : imageDependency(image)),
  ];
}

/** An image that is not named by its digest is not pinned, and so no resolved dependency. */
function imageDependency(image: string): ResourceDescriptor[] {
  const digest = IMAGE_DIGEST.exec(image)?.[1];
  return digest === undefined ? [] : [{ name: 'container image', uri: image, digest: { sha256: digest } }];
}

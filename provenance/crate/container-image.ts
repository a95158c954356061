/** A container image as the profile wants it: by registry, name, tag and digest. */
import { localId, type Graph, type Reference } from './graph.ts';

const IMAGE =
  /^(?:(?<registry>[^/]+[.:][^/]*|localhost)\/)?(?<name>[^@:]+)(?::(?<tag>[^@]+))?(?:@sha256:(?<sha256>[0-9a-f]{64}))?$/;
/** What an image without a registry's name is of. */
const DEFAULT_REGISTRY = 'docker.io';

/** @param image as VEILLE_IMAGE has it; null: the worker ran in no container that it knows of */
export function addContainerImage(graph: Graph, image: string | null): Reference | null {
  if (image === null) return null;
  const { registry = DEFAULT_REGISTRY, name = image, tag, sha256 } = IMAGE.exec(image)?.groups ?? {};
  return graph.add(localId('image', image), 'ContainerImage', {
    additionalType: { '@id': 'https://w3id.org/ro/terms/workflow-run#DockerImage' },
    registry,
    name,
    tag: tag ?? null,
    sha256: sha256 ?? null,
  });
}

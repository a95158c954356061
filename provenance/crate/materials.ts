/** What steps take and make, as entities that are found again by their digests. */
import type { Graph, Reference } from './graph.ts';
import { localId } from './graph.ts';
import { storedIn } from '../produced-files.ts';
import { addFolder, addObject } from './files.ts';

export class Materials {
  readonly #graph: Graph;
  readonly #byDigest = new Map<string, Reference>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /**
   * Adds all that a result refers to.
   *
   * @param prefix put before the names of what is in it
   */
  add(result: unknown, prefix: string): readonly Reference[] {
    return storedIn(result).map((stored) => {
      const description = { name: stored.name === '' ? prefix : `${prefix}/${stored.name}` };
      if ('ref' in stored) return this.#remember([stored.ref.sha256], addObject(this.#graph, stored.ref, description));
      const { set } = stored;
      const digests = [set.digest, ...set.files.map(({ sha256 }) => sha256)];
      return this.#remember(digests, addFolder(this.#graph, set, description));
    });
  }

  /** What has the digest; where nothing stored has it, as with an encoder's own digest, the digest as a value. */
  of(digest: string, name: string): Reference {
    return (
      this.#byDigest.get(digest) ??
      this.#graph.add(localId('digest', digest), 'PropertyValue', { name, propertyID: 'sha256', value: digest })
    );
  }

  #remember(digests: readonly string[], reference: Reference): Reference {
    for (const digest of digests) if (!this.#byDigest.has(digest)) this.#byDigest.set(digest, reference);
    return reference;
  }
}

/** Licences as entities: by SPDX's address where the name is one of its expressions' identifiers. */
import type { RunRecord } from '../../contracts/run-record.ts';
import { localId, type Graph, type Reference } from './graph.ts';
import type { Licenses } from './parameters.ts';

/** One identifier of SPDX's list, by its form. */
const SPDX_ID = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/;

export function addLicenses(graph: Graph, { licenses }: RunRecord): Licenses {
  return {
    data: addLicense(graph, licenses.data, 'the data'),
    model: addLicense(graph, licenses.model, 'the base model'),
  };
}

function addLicense(graph: Graph, license: string | null, of: string): Reference | null {
  if (license === null) return null;
  const id = SPDX_ID.test(license) ? `https://spdx.org/licenses/${license}` : localId('license', license);
  return graph.add(id, 'CreativeWork', { name: license, description: `Licence of ${of}, as the run's record has it.` });
}

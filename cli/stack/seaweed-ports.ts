/** The ports on which SeaweedFS's parts talk to each other: free ones, and the same again at the next start if they can. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isFree } from './ports.ts';

/** Every other port of `weed mini` that has a default, which two servers side by side would fight for. */
const FLAGS = [
  'master.port',
  'master.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'filer.port',
  'filer.port.grpc',
  's3.port.grpc',
] as const;

/** Its maintenance worker looks for the admin server here above `admin.port`, whatever `admin.port.grpc` says. */
const ADMIN_GRPC_OFFSET = 10_000;

/** @returns flag → port, kept in the server's own folder, since the master's state is filed under its port */
export async function internalPorts(folder: string): Promise<Record<string, number>> {
  const path = join(folder, 'ports.json');
  const before = readPorts(path);
  if (before && (await allFree(Object.values(before)))) return before;
  const ports: Record<string, number> = {};
  for (const flag of FLAGS) ports[flag] = await freePort();
  ports['admin.port'] = await freePort(ADMIN_GRPC_OFFSET);
  ports['admin.port.grpc'] = ports['admin.port'] + ADMIN_GRPC_OFFSET;
  writeFileSync(path, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}

function readPorts(path: string): Record<string, number> | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
  } catch {
    // The first start, or a file that a kill has cut short: any free ports do.
    return null;
  }
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) if (!(await isFree(port))) return false;
  return true;
}

/** SeaweedFS also listens on Unix sockets in /tmp, named after its ports, and leaves some of them behind when it ends. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Fixed in SeaweedFS. */
const FOLDER = '/tmp';
const SOCKET = /^seaweedfs-[a-z0-9-]+-(\d+)\.sock$/;

/** @param ports of a server that has ended */
export function removeSockets(ports: readonly number[]): void {
  for (const name of readdirSync(FOLDER)) {
    const [, port] = SOCKET.exec(name) ?? [];
    if (ports.includes(Number(port))) rmSync(join(FOLDER, name), { force: true });
  }
}

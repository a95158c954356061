/** What a machine's environment does to the command: proxies, folders and users that are not as usual. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { choosePort, PortRefusedError } from '../../cli/stack/ports.ts';
import { exemptLoopback } from '../../workers/exempt-loopback.ts';
import { ROOT } from '../fixtures/paths.ts';

const LOOPBACK = 'localhost,127.0.0.1,::1,[::1]';

interface Ended {
  readonly code: number | null;
  readonly err: string;
}

async function veille(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(ROOT, 'cli/veille.mjs'), ...args], { env }, (_, __, err) =>
      resolve({ code: child.exitCode, err }),
    );
  });
}

describe('proxies of the environment', () => {
  it('leave loopback out, in every spelling that a library reads, and keep the hosts that were named', () => {
    const given = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
      exemptLoopback(variables);
      return variables;
    };
    assert.deepEqual(given({}), { no_proxy: LOOPBACK, NO_PROXY: LOOPBACK });
    const both = given({ no_proxy: 'a.example, localhost', NO_PROXY: '.corp' });
    assert.equal(both['no_proxy'], 'a.example,localhost,.corp,127.0.0.1,::1,[::1]');
    assert.equal(both['NO_PROXY'], both['no_proxy']);
    assert.equal(given({ NO_PROXY: '*' })['no_proxy'], '*', 'a star has a meaning alone only');
    assert.equal(given({ no_grpc_proxy: 'b.example' })['no_grpc_proxy'], `b.example,${LOOPBACK}`);
    assert.deepEqual(given({ ...both }), both);
  });

  for (const variable of ['http_proxy', 'https_proxy', 'grpc_proxy'])
    it(`are not asked for Temporal on this machine: ${variable}`, async (t) => {
      let connections = 0;
      const server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.after(() => server.close());
      const folder = await mkdtemp(join(tmpdir(), 'veille-proxy-'));
      t.after(() => rm(folder, { recursive: true }));
      const { port } = server.address() as AddressInfo;
      const { PATH, HOME } = process.env;
      const ended = await veille(['show', 'nightly'], {
        PATH,
        HOME,
        [variable]: 'http://127.0.0.1:9',
        no_grpc_proxy: variable === 'grpc_proxy' ? 'elsewhere.example' : '',
        TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
        VEILLE_STATE_DIR: folder,
      });
      assert.equal(ended.code, 3, ended.err);
      assert.ok(connections > 0, 'the server itself was never asked');
    });
});

describe('a machine that lacks something', () => {
  const { PATH, HOME } = process.env;

  it('is told that the folder for temporary files can’t be written, without a stack trace', async () => {
    for (const variable of ['TMPDIR', 'TEMP']) {
      const { code, err } = await veille(['runs'], { PATH, HOME, [variable]: '/sys/none' });
      assert.equal(code, 2);
      assert.match(err, /^The folder for temporary files, \/sys\/none, can't be written \(E\w+\): set TMPDIR/);
      assert.equal(err.trim().split('\n').length, 1);
    }
  });

  it('is told of a port that can’t be listened on, which nobody has taken', async () => {
    await assert.rejects(
      choosePort('s3', { s3: 70_000 }, true, () => undefined),
      (error: unknown) =>
        error instanceof PortRefusedError && /Port 70000, for the S3 server, can't/.test(error.message),
    );
  });
});

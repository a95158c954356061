/** The local stack on the real servers: Temporal's development server and SeaweedFS. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Client, Connection } from '@temporalio/client';
import { PortTakenError } from '../../cli/stack/ports.ts';
import { isAlive, type ProcessIdentity } from '../../cli/stack/process-identity.ts';
import type { S3Access } from '../../cli/stack/s3-access.ts';
import { type Stack, startStack } from '../../cli/stack/stack.ts';
import { findRunningStack, StackRunningError } from '../../cli/stack/state-lock.ts';

const FREE_PORTS = { temporal: 0, ui: 0, s3: 0 };

let stateDir: string;
const running: Stack[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'veille-stack-'));
});

afterEach(async () => {
  for (const stack of running.splice(0)) await stack.stop();
  await rm(stateDir, { recursive: true });
});

async function start(options: Partial<Parameters<typeof startStack>[0]> = {}): Promise<Stack> {
  const stack = await startStack({ stateDir, ports: FREE_PORTS, log: () => undefined, ...options });
  running.push(stack);
  return stack;
}

async function stop(stack: Stack): Promise<void> {
  running.splice(running.indexOf(stack), 1);
  await stack.stop();
}

describe('a stack that was started', () => {
  test('answers on Temporal, on its UI and on S3, whose writes are conditional', async () => {
    const { temporal, s3 } = await start();
    assert.equal((await fetch(temporal.uiUrl ?? '')).status, 200);
    await withTemporal(temporal.address, (client) =>
      client.workflow.start('any', { workflowId: 'one', taskQueue: 'none' }),
    );
    await withS3(s3, async (client) => {
      const address = { Bucket: s3.bucket, Key: 'steps/split/1.json' };
      await client.send(new PutObjectCommand({ ...address, Body: 'first', IfNoneMatch: '*' }));
      await assert.rejects(
        client.send(new PutObjectCommand({ ...address, Body: 'second', IfNoneMatch: '*' })),
        (error) => error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412,
      );
      const { Body } = await client.send(new GetObjectCommand(address));
      assert.equal(await Body?.transformToString(), 'first');
    });
  });

  test('is for this machine and this user alone: loopback addresses and a private secret', async () => {
    await start();
    assert.deepEqual([...new Set(await listeningAddresses(await servers()))], ['0100007F']);
    for (const name of ['credentials.json', 'identities.json']) {
      assert.equal((await stat(join(stateDir, 's3', name))).mode & 0o777, 0o600);
    }
  });

  test('keeps what was stored over a restart, on other ports too', async () => {
    const first = await start();
    await put(first.s3, 'kept', 'over a restart');
    const workflow = { workflowId: 'kept', taskQueue: 'none' };
    await withTemporal(first.temporal.address, (client) => client.workflow.start('any', workflow));
    await stop(first);
    await rm(join(stateDir, 's3', 'ports.json'));
    const second = await start();
    assert.equal(await get(second.s3, 'kept'), 'over a restart');
    const kept = await withTemporal(second.temporal.address, (client) => client.workflow.getHandle('kept').describe());
    assert.equal(kept.status.name, 'RUNNING');
    await put(second.s3, 'later', 'than the restart');
    assert.equal(await get(second.s3, 'later'), 'than the restart');
  });

  test('leaves no process, no lock and no socket behind when it is stopped', async () => {
    const stack = await start();
    const spawned = await servers();
    assert.equal(spawned.length, 2);
    const ports = Object.values(JSON.parse(await readFile(join(stateDir, 's3', 'ports.json'), 'utf8')) as object);
    const sockets = async (): Promise<string[]> =>
      (await readdir('/tmp')).filter((name) => ports.some((port) => name.endsWith(`-${String(port)}.sock`)));
    assert.notDeepEqual(await sockets(), []);
    await stop(stack);
    assert.deepEqual(await sockets(), []);
    assert.deepEqual(spawned.filter(isAlive), []);
    assert.equal(findRunningStack(stateDir), null);
  });

  test('tells when a server ends by itself, and names its log', async () => {
    const stack = await start();
    const [server] = await servers();
    assert.ok(server);
    process.kill(server.pid, 'SIGKILL');
    await once(stack.broken, 'abort');
    assert.match(String(stack.broken.reason), /has ended by itself \(SIGKILL\); its log says why: .*\.log/);
  });
});

test('a second stack on the same folder is refused, with the pid and the UI of the first', async () => {
  const { temporal } = await start();
  await assert.rejects(start(), (error) => {
    assert.ok(error instanceof StackRunningError);
    assert.ok(error.message.includes(`pid ${process.pid}`) && error.message.includes(temporal.uiUrl ?? 'no UI'));
    return true;
  });
});

test('a taken port is named with its holder and with the option that changes it', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  try {
    await assert.rejects(start({ ports: { ...FREE_PORTS, s3: port } }), (error) => {
      assert.ok(error instanceof PortTakenError);
      assert.match(error.message, new RegExp(`Port ${port}.*S3 server.*pid ${process.pid} .*--s3-port`));
      return true;
    });
    assert.equal(findRunningStack(stateDir), null);
    const { s3 } = await start({ ports: { ...FREE_PORTS, s3: port }, freeWhereTaken: true });
    assert.notEqual(new URL(s3.endpoint).port, String(port));
  } finally {
    holder.close();
  }
});

test('servers that are there already are used and none is started', async () => {
  const temporal = { address: '127.0.0.1:1', uiUrl: null };
  const s3 = { endpoint: 'http://127.0.0.1:2', region: 'r', bucket: 'b', accessKeyId: 'a', secretAccessKey: 's' };
  const stack = await start({ temporal, s3 });
  assert.deepEqual([stack.temporal, stack.s3, stack.logs], [temporal, s3, []]);
  assert.deepEqual(await servers(), []);
});

test('a server that can not start is shown with the end of its log, and the other is stopped again', async () => {
  await mkdir(join(stateDir, 'temporal', 'temporal.sqlite'), { recursive: true });
  await assert.rejects(start(), /temporal ended before it was ready \(exit code 1\).*\n.*unable to open database/s);
  assert.deepEqual(await servers(), []);
  assert.equal(findRunningStack(stateDir), null);
});

test('a start that is called off leaves nothing running', async () => {
  const calledOff = new AbortController();
  const starting = start({ signal: calledOff.signal });
  while ((await servers()).length < 2) await setImmediate();
  const spawned = await servers();
  calledOff.abort();
  await assert.rejects(starting, { name: 'AbortError' });
  assert.deepEqual(spawned.filter(isAlive), []);
});

test('after kill -9 of the process that ran it, the next start stops what was left and finds what was stored', async () => {
  const script = `
    const { startStack } = await import(${JSON.stringify(new URL('../../cli/stack/stack.ts', import.meta.url).href)});
    const stack = await startStack({ stateDir: ${JSON.stringify(stateDir)}, ports: { temporal: 0, ui: 0, s3: 0 }, log() {} });
    console.log(JSON.stringify(stack.s3));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  await put(JSON.parse(line.toString()) as S3Access, 'kept', 'over kill -9');
  const left = await servers();
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  assert.deepEqual(left.filter(isAlive), left);

  const messages: string[] = [];
  const { s3 } = await start({ log: (message) => messages.push(message) });
  assert.equal(await get(s3, 'kept'), 'over kill -9');
  assert.deepEqual(left.filter(isAlive), []);
  assert.equal(messages.filter((message) => message.includes('left by a stack that was killed')).length, 2);
});

/** The servers' processes, as the stack notes them. */
async function servers(): Promise<ProcessIdentity[]> {
  const folder = join(stateDir, 'processes');
  const files = await readdir(folder).catch(() => []);
  const records = await Promise.all(
    files.filter((name) => name.endsWith('.json')).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return records.map((record) => JSON.parse(record) as ProcessIdentity);
}

/** Addresses, in hex as the kernel writes them, on which the processes listen. */
async function listeningAddresses(processes: readonly ProcessIdentity[]): Promise<string[]> {
  const sockets = new Set<string>();
  for (const { pid } of processes) {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (target.startsWith('socket:[')) sockets.add(target.slice('socket:['.length, -1));
    }
  }
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')));
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
    .map((fields) => fields[1]?.split(':')[0] ?? '');
}

async function withTemporal<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function withS3<T>(access: S3Access, work: (client: S3Client) => Promise<T>): Promise<T> {
  const { endpoint, region, accessKeyId, secretAccessKey } = access;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function put(access: S3Access, key: string, body: string): Promise<void> {
  await withS3(access, (client) => client.send(new PutObjectCommand({ Bucket: access.bucket, Key: key, Body: body })));
}

async function get(access: S3Access, key: string): Promise<string | undefined> {
  return withS3(access, async (client) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: access.bucket, Key: key }));
    return Body?.transformToString();
  });
}

/** An activity's worth of work while one request in twenty meets some fault: nobody but the store notices. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { openS3 } from '../../adapters/object-store/s3.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';
import { NumpyGenerator } from '../../core/numpy-random/generator.ts';
import { FakeS3, fakeS3Options, HASTY } from '../fixtures/fake-s3.ts';
import { type Fault, FaultProxy } from '../fixtures/fault-proxy.ts';

const OBJECTS = 80;
const SHARE = 0.05;
const FAULTS: readonly Fault[] = [
  { kind: 'refuse' },
  { kind: 'lose' },
  { kind: 'silence' },
  { kind: 'cut' },
  { kind: 'stall' },
  { kind: 'slow', pause: 5 },
  { kind: 'corrupt' },
  ...[
    [301, 'PermanentRedirect'],
    [400, 'InvalidRequest'],
    [403, 'AccessDenied'],
    [404, undefined],
    [404, 'NoSuchBucket'],
    [409, 'OperationAborted'],
    [500, 'InternalError'],
    [501, 'NotImplemented'],
    [503, 'SlowDown'],
  ].map(([status, code]) => ({ kind: 'answer', status, ...(code !== undefined && { code }) }) as Fault),
];

/** Stores and reads objects as activities do; the requests that it took. */
async function work(fault: FaultProxy['fault']): Promise<{ requests: number; keys: string[] }> {
  const fake = await FakeS3.start();
  const proxy = await FaultProxy.before({ host: '127.0.0.1', port: fake.port });
  proxy.fault = fault;
  const store = openS3({ ...fakeS3Options(proxy.endpoint), limits: { ...HASTY, idle: 300 } });
  const artifacts = new ArtifactStore(store, mkdtempSync(join(tmpdir(), 'veille-mixed-')));
  const bodies = Array.from({ length: OBJECTS }, (_, index) => Buffer.from(`row ${index} `.repeat(500)));
  await mapParallel(
    bodies,
    async (body) => {
      const ref = await artifacts.putBytes(body);
      assert.ok(body.equals(await artifacts.getBytes(ref)));
    },
    { concurrency: 8 },
  );
  await proxy.stop();
  await fake.stop();
  return { requests: proxy.requests.length, keys: fake.objects.keys() };
}

it('ends without a failure, with the same objects, in a few more requests', async () => {
  const undisturbed = await work(() => null);
  const random = new NumpyGenerator(7);
  let faults = 0;
  const disturbed = await work(() => {
    if (random.random(1)[0]! >= SHARE) return null;
    faults++;
    return FAULTS[random.integers(0, FAULTS.length, 1)[0]!]!;
  });
  assert.ok(faults > 8, `${faults} faults`);
  assert.deepEqual(disturbed.keys, undisturbed.keys);
  assert.ok(
    disturbed.requests <= 1.5 * undisturbed.requests,
    `${disturbed.requests} requests in the place of ${undisturbed.requests}`,
  );
});

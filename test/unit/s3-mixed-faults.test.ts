/** An activity's worth of work while one request in twenty meets some fault: nobody but the store notices. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { openS3 } from '../../adapters/object-store/s3.ts';
import { mapParallel } from '../../adapters/requests/map-parallel.ts';
import { FakeS3, fakeS3Options, HASTY } from '../fixtures/fake-s3.ts';
import { FaultProxy } from '../fixtures/fault-proxy.ts';
import { mixFaults } from '../fixtures/mixed-faults.ts';

const OBJECTS = 80;
const SHARE = 0.05;
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
  const faults = mixFaults(SHARE, 7);
  const disturbed = await work(faults.fault);
  assert.ok(faults.count() > 8, `${faults.count()} faults`);
  assert.deepEqual(disturbed.keys, undisturbed.keys);
  assert.ok(
    disturbed.requests <= 1.5 * undisturbed.requests,
    `${disturbed.requests} requests in the place of ${undisturbed.requests}`,
  );
});

/** examples/legal-fr: packages come through the npm client, from a small registry that the test serves. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import tar from 'tar-stream';
import { fetchPackage } from '../../examples/legal-fr/fetch-package.ts';
import type { SourcePackage } from '../../examples/legal-fr/packages.ts';

describe('fetching a package', () => {
  const source: SourcePackage = { name: 'sheets', version: '1.0.0', integrity: '', publisher: '', licence: '' };
  const settings = { ...process.env };
  let folder = '';
  let tarball = Buffer.alloc(0);
  let pinned = source;
  let registry: Server;
  let downloads = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'legal-fr-fetch-'));
    const pack = tar.pack();
    pack.entry({ name: 'package/package.json' }, JSON.stringify({ name: source.name, version: source.version }));
    pack.finalize();
    tarball = gzipSync(await buffer(pack));
    pinned = { ...source, integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}` };
    registry = createServer((request, response) => {
      const isTarball = request.url?.endsWith('.tgz') === true;
      if (isTarball) downloads += 1;
      response.end(isTarball ? tarball : JSON.stringify(packument()));
    });
    await new Promise<void>((resolve) => void registry.listen(0, '127.0.0.1', resolve));
    process.env['npm_config_registry'] = registryUrl();
    process.env['npm_config_cache'] = join(folder, 'npm');
    process.env['npm_config_fetch_retries'] = '0';
  });
  after(async () => {
    process.env = settings;
    registry.closeAllConnections();
    registry.close();
    await rm(folder, { recursive: true });
  });

  function registryUrl(): string {
    return `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  }

  function packument() {
    const { name, version } = source;
    const dist = { tarball: `${registryUrl()}${name}.tgz` };
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } };
  }

  test('gives the pinned bytes, and takes them from the cache the next time', async () => {
    const cache = join(folder, 'cache');
    const path = await fetchPackage(pinned, cache, () => undefined);
    assert.deepEqual(await readFile(path), tarball);
    const downloaded = downloads;
    assert.equal(await fetchPackage(pinned, cache, () => undefined), path);
    assert.equal(downloads, downloaded);
  });

  test('fetches again what is damaged in the cache', async () => {
    const cache = join(folder, 'damaged');
    const path = await fetchPackage(pinned, cache, () => undefined);
    await writeFile(path, 'damaged');
    await fetchPackage(pinned, cache, () => undefined);
    assert.deepEqual(await readFile(path), tarball);
  });

  test('refuses other bytes than the pinned ones, and keeps none of them', async () => {
    const cache = join(folder, 'other');
    const other = { ...source, integrity: 'sha512-b3RoZXI=' };
    const refusal = /sheets@1\.0\.0 has integrity sha512-.*, pinned is sha512-b3RoZXI=/;
    await assert.rejects(
      fetchPackage(other, cache, () => undefined),
      refusal,
    );
    await assert.rejects(readFile(join(cache, 'sheets-1.0.0.tgz')), { code: 'ENOENT' });
  });

  test('names the package and what to check when npm cannot fetch it', async () => {
    const absent = { ...source, version: '9.9.9' };
    await assert.rejects(
      fetchPackage(absent, join(folder, 'absent'), () => undefined),
      /sheets@9\.9\.9 can't be fetched.*npm ping[\s\S]*ETARGET/,
    );
  });
});

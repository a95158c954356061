/** Time stamps: what is asked, what an answer proves, and what it does not; the authority is OpenSSL's, as a fake. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { askForTimestamp } from '../../adapters/timestamp-authority.ts';
import { checkTimestamp } from '../../audit/checks/timestamp.ts';
import { RUN_FILES } from '../../contracts/run-record.ts';
import { requireStampOver, timestampQuery, verifyTimestamp } from '../../provenance/timestamp.ts';
import { runRecordOf } from '../fixtures/run-record.ts';
import { storeOf } from '../fixtures/saved-runs.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const BYTES = Buffer.from('an attestation');

const CONFIGURATION = (purpose: string): string => `
[req]
distinguished_name = name
prompt = no
x509_extensions = extensions
[name]
CN = A fake authority
[extensions]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,${purpose}
[tsa]
default_tsa = own
[own]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`;

describe('time stamps', { skip: hasOpenssl ? false : 'there is no openssl' }, () => {
  let folder: string;
  let authority: X509Certificate;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'veille-tsa-'));
    writeFileSync(join(folder, 'serial'), '01\n');
    authority = authorityOf('tsa', 'timeStamping', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']);
  });
  after(() => rmSync(folder, { recursive: true }));

  function openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  }

  function authorityOf(name: string, purpose: string, key: string[]): X509Certificate {
    writeFileSync(join(folder, `${name}.cnf`), CONFIGURATION(purpose));
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-config', `${name}.cnf`];
    openssl('req', '-new', '-x509', '-nodes', '-days', '2', ...key, ...files);
    return new X509Certificate(readFileSync(join(folder, `${name}.pem`)));
  }

  function answer(query: Uint8Array, name = 'tsa'): Uint8Array {
    writeFileSync(join(folder, 'query'), query);
    const signer = ['-signer', `${name}.pem`, '-inkey', `${name}.key`];
    openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'answer', ...signer);
    return readFileSync(join(folder, 'answer'));
  }

  it('are asked for with the digest alone, and prove when the authority has seen the bytes', () => {
    const query = timestampQuery(BYTES);
    assert.ok(!Buffer.from(query).includes(BYTES));
    const stamp = answer(query);
    requireStampOver(stamp, BYTES);
    const at = verifyTimestamp(stamp, BYTES, authority);
    assert.ok(Math.abs(at.getTime() - Date.now()) < 3_600_000);
  });

  it('of an RSA key are verified too', () => {
    const rsa = authorityOf('rsa', 'timeStamping', ['-newkey', 'rsa:2048']);
    const stamp = answer(timestampQuery(BYTES), 'rsa');
    verifyTimestamp(stamp, BYTES, rsa);
    assert.throws(() => verifyTimestamp(stamp, BYTES, authority), { name: 'TimestampError' });
  });

  it('are refused over other bytes, by another authority, and when a bit is flipped', () => {
    const stamp = answer(timestampQuery(BYTES));
    const other = authorityOf('other', 'timeStamping', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']);
    const server = authorityOf('server', 'serverAuth', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']);
    assert.throws(() => verifyTimestamp(stamp, Buffer.from('another'), authority), /over the statement/);
    assert.throws(() => verifyTimestamp(stamp, BYTES, other), /not by CN=A fake authority/);
    assert.throws(() => verifyTimestamp(stamp, BYTES, server), /not for time stamping/);
    assert.throws(() => verifyTimestamp(randomBytes(64), BYTES, authority), { name: 'TimestampError' });
    const flipped = Buffer.from(stamp);
    const last = flipped.length - 1;
    flipped[last] = flipped[last]! ^ 1;
    assert.throws(() => verifyTimestamp(flipped, BYTES, authority), { name: 'TimestampError' });
  });

  it('come over HTTP, and an authority that answers something else is refused', async () => {
    let status = 200;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => response.writeHead(status).end(answer(Buffer.concat(chunks))));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa?key=secret`;
    try {
      verifyTimestamp(await askForTimestamp(url, timestampQuery(BYTES)), BYTES, authority);
      status = 503;
      await assert.rejects(askForTimestamp(url, timestampQuery(BYTES)), (error: Error) => {
        assert.match(error.message, /gave no time stamp: it answered 503/);
        // The rest of the address may be a secret.
        return !error.message.includes('secret');
      });
    } finally {
      server.close();
    }
  });

  it('of a run are verified by an audit that knows the authority: missing, or from before the end, they are named', async () => {
    const record = runRecordOf();
    const stamp = answer(timestampQuery(BYTES));
    const folderOf = (stamped: Uint8Array | null) =>
      storeOf([['f/record.intoto.json', BYTES], ...(stamped ? [[`f/${RUN_FILES.timestamp}`, stamped] as const] : [])]);
    const found = async (stamped: Uint8Array | null, of: typeof record, by: X509Certificate | null) =>
      checkTimestamp(await folderOf(stamped), 'f/', of, by);
    assert.match((await found(stamp, record, authority)).note ?? '', /it was there at .* by CN=A fake authority/);
    assert.match((await found(stamp, record, null)).note ?? '', /give --tsa-certificate/);
    assert.equal((await found(null, record, authority)).differences[0]?.found, 'no such object');
    const later = { ...record, finishedAt: '2999-01-01T00:00:00.000Z' };
    assert.match((await found(stamp, later, authority)).differences[0]?.found ?? '', /before the run ended/);
  });
});

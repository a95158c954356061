/** Envelopes around statements, and the keys that sign them. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import test from 'node:test';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { EnvelopeError, openEnvelope, sealEnvelope, verifyEnvelope } from '../../provenance/envelope.ts';
import { KeyError, keyId, parsePrivateKey, parsePublicKeys, publicHalf } from '../../provenance/keys.ts';

const STATEMENT = { _type: 'https://in-toto.io/Statement/v1', subject: [{ name: 'é', digest: { sha256: 'ab' } }] };
const OURS = generateKeyPairSync('ed25519');
const THEIRS = generateKeyPairSync('ed25519');

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }).toString();
}

function verify(bytes: Uint8Array, ...keys: KeyObject[]) {
  return verifyEnvelope(openEnvelope(bytes), keys);
}

test('a signed envelope is known by its key, and says whose it is where that is not trusted', () => {
  const sealed = sealEnvelope(STATEMENT, OURS.privateKey);
  const id = keyId(OURS.publicKey);
  assert.deepEqual(verify(sealed, THEIRS.publicKey, OURS.publicKey), { state: 'signed', keyId: id });
  assert.deepEqual(verify(sealed, OURS.privateKey), { state: 'signed', keyId: id });
  assert.deepEqual(verify(sealed, THEIRS.publicKey), { state: 'unknown-key', keyIds: [id] });
  assert.deepEqual(verify(sealed), { state: 'unknown-key', keyIds: [id] });
  assert.deepEqual(verify(sealEnvelope(STATEMENT, null), OURS.publicKey), { state: 'unsigned' });
});

test('the same statement and key give the same bytes, in whatever order its properties are', () => {
  const reordered = Object.fromEntries(Object.entries(STATEMENT).toReversed());
  assert.deepEqual(sealEnvelope(STATEMENT, OURS.privateKey), sealEnvelope(reordered, OURS.privateKey));
});

test('a statement under a signature of another is forged', () => {
  const [ours, another] = [STATEMENT, { ...STATEMENT, subject: [] }].map(
    (statement) => JSON.parse(Buffer.from(sealEnvelope(statement, OURS.privateKey)).toString()) as object,
  );
  const mixed = { ...another, signatures: (ours as { signatures: unknown }).signatures };
  const bytes = Buffer.from(`${JSON.stringify(mixed, null, 2)}\n`);
  assert.deepEqual(verify(bytes, OURS.publicKey), { state: 'forged', keyId: keyId(OURS.publicKey) });
});

test('what is signed is the payload with its type, as DSSE has it', () => {
  const { payload, signatures } = openEnvelope(sealEnvelope(STATEMENT, OURS.privateKey));
  const type = 'application/vnd.in-toto+json';
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  assert.deepEqual(signatures[0]?.sig, sign(null, signed, OURS.privateKey));
});

test('no envelope with a bit changed is taken for signed', () => {
  const sealed = sealEnvelope(STATEMENT, OURS.privateKey);
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.nat(7), (at, bit) => {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
      try {
        return verify(changed, OURS.publicKey).state !== 'signed';
      } catch (error) {
        return error instanceof EnvelopeError;
      }
    }),
    { numRuns: 1_000 },
  );
});

test('what is no envelope, or another spelling of one, is refused with the reason', () => {
  const spelled = JSON.stringify(JSON.parse(Buffer.from(sealEnvelope(STATEMENT, null)).toString()));
  assert.throws(() => openEnvelope(Buffer.from(spelled)), /EnvelopeError: .*not as it was written/);
  assert.throws(() => openEnvelope(Buffer.from('{"payload": "e30=", "payloadType": "text/plain"}')), /payloadType/);
  assert.throws(() => openEnvelope(Buffer.from('no JSON')), EnvelopeError);
});

test('keys are read from PEM, with line ends as environment files have them, and several public ones', () => {
  const escaped = pemOf(OURS.privateKey).replaceAll('\n', '\\n');
  assert.equal(keyId(parsePrivateKey(escaped, 'VEILLE_SIGNING_KEY')), keyId(OURS.publicKey));
  const both = parsePublicKeys(`${pemOf(OURS.publicKey)}\n${pemOf(THEIRS.publicKey)}`, 'keys.pem');
  assert.deepEqual(
    both.map(keyId),
    [OURS, THEIRS].map(({ publicKey }) => keyId(publicKey)),
  );
  assert.equal(publicHalf(OURS.privateKey).type, 'public');
});

test('another kind of key is refused with the command that makes the right one, and no key is quoted', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const secret = pemOf(OURS.privateKey).replace('BEGIN', 'START');
  const problems = [
    () => parsePrivateKey(pemOf(rsa.privateKey), 'VEILLE_SIGNING_KEY'),
    () => parsePrivateKey(secret, 'VEILLE_SIGNING_KEY'),
    () => parsePublicKeys(secret, 'VEILLE_SIGNING_KEY'),
  ];
  for (const problem of problems) {
    assert.throws(problem, (error: Error) => {
      assert.ok(error instanceof KeyError);
      assert.match(error.message, /^VEILLE_SIGNING_KEY .*openssl genpkey -algorithm ed25519/);
      return !inspect(error).includes(secret.split('\n')[1] ?? '');
    });
  }
});

/** The local stack's own key pair, which signs the records of its runs. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SigningKeyFiles {
  /** Ed25519 private key, PEM, for the owner's eyes only. */
  readonly privateKey: string;
  /** Its public half, PEM: for those who are to check signatures. */
  readonly publicKey: string;
}

/** Where the pair is, made or not. */
export function signingKeyFiles(stateDir: string): SigningKeyFiles {
  const folder = join(stateDir, 'keys');
  return { privateKey: join(folder, 'signing.pem'), publicKey: join(folder, 'signing.pub.pem') };
}

/** Makes the pair at the first start. Of several processes that start at once one makes it, and all have the same. */
export function ensureSigningKey(stateDir: string): SigningKeyFiles {
  const files = signingKeyFiles(stateDir);
  mkdirSync(join(stateDir, 'keys'), { recursive: true, mode: 0o700 });
  if (!existsSync(files.privateKey)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    placeOnce(files.privateKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  }
  if (!existsSync(files.publicKey)) {
    const publicKey = createPublicKey(readFileSync(files.privateKey));
    placeOnce(files.publicKey, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  }
  return files;
}

/** Whole or not at all, and never over another's. */
function placeOnce(path: string, content: string | Buffer, mode: number): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

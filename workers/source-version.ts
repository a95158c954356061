/** Which code this is: the commit, and a digest of what is run. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All that a worker runs, and the locks of what it runs with. */
const SOURCES = [
  'activities',
  'adapters',
  'contracts',
  'core',
  'native',
  'package-lock.json',
  'provenance',
  'trainer/requirements.lock',
  'trainer/src',
  'workers',
  'workflows',
];

/** What is made of the sources, or has nothing to do with them. */
const NOT_SOURCE = /^(\..*|build|__pycache__|.*\.egg-info)$/;

/** The sources in a folder, by commit and by content. */
export interface SourceVersion {
  /** 40 hexadecimal digits; null where there is no checkout, as in a container, or no git. */
  readonly commit: string | null;
  /** Whether the sources are not the commit's; null where there is none. */
  readonly dirty: boolean | null;
  readonly sources: string;
}

/** @param root of the repository */
export function sourceVersion(root: string): SourceVersion {
  const sources = sourceDigest(root);
  const commit = existsSync(join(root, '.git')) ? git(root, ['rev-parse', 'HEAD']) : null;
  if (commit === null) return { commit, dirty: null, sources };
  const changes = git(root, ['status', '--porcelain', '--untracked-files=all', '--', ...SOURCES]);
  return { commit, dirty: changes !== '', sources };
}

/**
 * The commit's first 12 digits, followed by a digest of the sources where they are not the commit's; outside a checkout
 * `source-` and the digest.
 */
export function buildIdOf({ commit, dirty, sources }: SourceVersion): string {
  if (commit === null || dirty === null) return `source-${sources.slice(0, 12)}`;
  return dirty ? `${commit.slice(0, 12)}-${sources.slice(0, 8)}` : commit.slice(0, 12);
}

/**
 * When the code was made: the time of the commit where the sources are the commit's, else of the newest source file.
 * Builds are put in order by it, so that an older one does not take over from a newer one.
 */
export function builtAt(root: string, { commit, dirty }: SourceVersion): Date {
  const committed = commit !== null && dirty === false ? git(root, ['show', '-s', '--format=%cI', 'HEAD']) : null;
  if (committed !== null) return new Date(committed);
  const files = SOURCES.flatMap((source) => filesOf(root, source));
  // Milliseconds with a fraction, which a Date would cut off.
  return new Date(Math.round(Math.max(0, ...files.map((path) => statSync(join(root, path)).mtimeMs))));
}

/** What git prints; null where it is not installed, or refuses, as it does for another user's checkout. */
function git(root: string, args: readonly string[]): string | null {
  try {
    // Without optional locks a command that the user types at the same time is not disturbed.
    const command = ['--no-optional-locks', '-C', root, ...args];
    return execFileSync('git', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

function sourceDigest(root: string): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesOf(root, source)).sort()) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function filesOf(root: string, path: string): string[] {
  if (!existsSync(join(root, path))) return [];
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const names = readdirSync(join(root, path)).filter((name) => !NOT_SOURCE.test(name));
  return names.flatMap((name) => filesOf(root, `${path}/${name}`));
}

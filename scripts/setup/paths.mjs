/** Where set-up works and where it keeps its stamps and logs. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, without a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export const STATE = join(ROOT, '.veille', 'setup');

export const VENV = join(ROOT, 'trainer', '.venv');

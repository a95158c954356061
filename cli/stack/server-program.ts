/** The servers that the trainer's Python environment brings along. */
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @returns the full path of the program
 * @throws {Error} with the command that installs it
 */
export function serverProgram(name: 'temporal' | 'weed'): string {
  const path = fileURLToPath(new URL(`../../trainer/.venv/bin/${name}`, import.meta.url));
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new Error(`${path} is missing: run \`npm run setup\`.`, { cause });
  }
  return path;
}

/** The Python package's copy of the trainer protocol is the one the zod schemas describe. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { SCHEMA_FILES, schemaText } from '../../scripts/write-schemas.ts';

const folder = new URL('../../trainer/src/veille_trainer/schema/', import.meta.url);

for (const [name, schema] of Object.entries(SCHEMA_FILES)) {
  test(`${name} is what \`npm run schema\` would write`, async () => {
    assert.equal(await readFile(new URL(name, folder), 'utf8'), schemaText(schema));
  });
}

/** The published JSON Schemas are those that the zod schemas describe. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { SCHEMA_FILES, schemaText } from '../../scripts/write-schemas.ts';

const ROOT = new URL('../../', import.meta.url);

for (const [name, schema] of Object.entries(SCHEMA_FILES)) {
  test(`${name} is what \`npm run schema\` would write`, async () => {
    assert.equal(await readFile(new URL(name, ROOT), 'utf8'), schemaText(schema));
  });
}

/** Writes what others read as JSON Schema: `npm run schema`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { RECORD_SCHEMA, runRecord } from '../contracts/run-record.ts';
import { trainerEvent, trainerJob } from '../contracts/trainer.ts';

const ROOT = new URL('../', import.meta.url);

/** The JSON Schema of `schema` as the bytes that stand in the repository. */
export function schemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'output' }), null, 2)}\n`;
}

/** File in the repository → the schema it holds: the trainer's protocol for the Python package, the record for anybody. */
export const SCHEMA_FILES = {
  'trainer/src/veille_trainer/schema/job.schema.json': trainerJob,
  'trainer/src/veille_trainer/schema/event.schema.json': trainerEvent,
  [`contracts/schema/run-record-${RECORD_SCHEMA}.schema.json`]: runRecord,
};

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, schema] of Object.entries(SCHEMA_FILES)) {
    await mkdir(dirname(new URL(path, ROOT).pathname), { recursive: true });
    await writeFile(new URL(path, ROOT), schemaText(schema));
  }
}

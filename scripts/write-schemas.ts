/** Writes the trainer protocol as JSON Schema into the Python package: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { trainerEvent, trainerJob } from '../contracts/trainer.ts';

const folder = new URL('../trainer/src/veille_trainer/schema/', import.meta.url);

/** The JSON Schema of `schema` as the bytes that stand in the repository. */
export function schemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'output' }), null, 2)}\n`;
}

/** File name in `trainer/src/veille_trainer/schema` → the schema it holds. */
export const SCHEMA_FILES = { 'job.schema.json': trainerJob, 'event.schema.json': trainerEvent };

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [name, schema] of Object.entries(SCHEMA_FILES)) await writeFile(new URL(name, folder), schemaText(schema));
}

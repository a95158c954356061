/** Command: `node --import tsx examples/legal-fr/build.ts --out .veille/data/legal-fr.parquet [--jsonl FILE]`. */
import { parseArgs } from 'node:util';
import { buildLegalFr } from './dataset.ts';

const USAGE = `Builds the example data set from npm packages of the French administration.

  node --import tsx examples/legal-fr/build.ts [options]

  --out FILE    parquet file to write        (default .veille/data/legal-fr.parquet)
  --jsonl FILE  also write JSON Lines, to read the rows
  --cache DIR   where fetched packages stay  (default .veille/cache/packages)
  --help        show this text`;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.veille/data/legal-fr.parquet' },
    jsonl: { type: 'string' },
    cache: { type: 'string', default: '.veille/cache/packages' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const { out, cache, jsonl } = values;
  const log = (line: string): void => console.error(line);
  const result = await buildLegalFr({ out, cache, log, ...(jsonl === undefined ? {} : { jsonl }) });
  console.log(JSON.stringify(result));
}

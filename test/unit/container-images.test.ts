/** What docker-compose.yml says in its head works in the images: no container is built here, so their build files are read. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { describe, it } from 'node:test';
import { PRESETS } from '../../contracts/presets.ts';
import { EXAMPLES } from '../../workers/config.ts';
import { dataStep } from '../../scripts/setup/data.mjs';
import { ROOT } from '../fixtures/paths.ts';

const read = (path: string): Promise<string> => readFile(`${ROOT}${path}`, 'utf8');

/** Instructions of a build file, without comments, each on one line. */
async function instructions(path: string): Promise<string[]> {
  const text = (await read(path)).replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  return text.split('\n').filter((line) => line !== '');
}

describe('the image of the CPU worker', () => {
  it('has the command of the head of docker-compose.yml, and what the default preset reads', async () => {
    const head = (await read('docker-compose.yml')).split('\n\n')[1] ?? '';
    const all = await read('docker-compose.yml');
    const [, program = '', command] = /docker compose exec worker-cpu node (\S+) (\w+)/.exec(all) ?? [];
    assert.deepEqual([program, command], ['cli/veille.mjs', 'run'], head);
    assert.ok(await read(program));
    const lines = await instructions('deploy/Dockerfile.worker-cpu');
    const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
    const source = PRESETS.demo.data?.source ?? '';
    const example = EXAMPLES[source.replace('example:', '')] ?? assert.fail(`${source} is no example`);
    const data = at(/^RUN node scripts\/setup\/main\.mjs data\b/);
    // What builds it comes before it, and what it leaves stays.
    assert.ok(data > at(/^COPY examples examples$/) && at(/^COPY examples examples$/) > 0);
    assert.ok(data > at(/main\.mjs npm/) && data < at(/^COPY --from=build \/app \/app$/));
    const removed = lines.flatMap((line) => /rm -rf (\S+)/.exec(line)?.[1] ?? []);
    const path = relative(ROOT, example);
    assert.ok(
      removed.every((folder) => !path.startsWith(folder)),
      `${removed.join(', ')} holds ${path}`,
    );
    assert.equal(dirname(path), '.veille/data');
    // Unless the step is up to date: what the host has built is not sent, so it is built.
    assert.ok((await read('deploy/Dockerfile.worker-cpu.dockerignore')).split('\n').includes('.veille'));
    assert.equal(dataStep.name, 'data');
  });

  it('has the model of the default preset in its Python environment', async () => {
    const [, model = ''] = /^pypi:(.+)$/.exec(PRESETS.demo.model?.source ?? '') ?? [];
    assert.match(await read('trainer/requirements.lock'), new RegExp(`^${model}==`, 'm'));
    assert.ok((await instructions('deploy/Dockerfile.worker-cpu')).some((line) => /main\.mjs .*\bpython\b/.test(line)));
  });

  it('hands on every variable that limits what inputs may read', async () => {
    const compose = await read('docker-compose.yml');
    for (const name of ['VEILLE_DATA_ROOTS', 'VEILLE_MODEL_ROOTS', 'VEILLE_DATA_BUCKETS'])
      assert.ok(compose.includes(`${name}: \${${name}:-}`), name);
  });
});

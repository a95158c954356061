/** What a worker says of its machine is what is there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { describeCpu } from '../../adapters/machine/cpu.ts';
import { pythonVersions } from '../../adapters/machine/python-versions.ts';
import { program, ROOT } from '../fixtures/paths.ts';

const VERSIONS = `
import json, platform
from importlib.metadata import version
print(json.dumps({"python": platform.python_version()} | {name: version(name) for name in ("torch", "sentence-transformers", "onnxruntime")}))
`;

describe('the environment of a step', () => {
  it('has the versions that Python itself would tell', async () => {
    const told = JSON.parse(execFileSync(program('python'), ['-c', VERSIONS], { encoding: 'utf8' })) as object;
    const versions = await pythonVersions(`${ROOT}trainer/.venv`);
    assert.deepEqual({ ...versions, ...told }, versions);
    assert.deepEqual(Object.keys(versions), Object.keys(versions).sort());
  });

  it('has no versions of an environment that is not there', async () => {
    assert.deepEqual(await pythonVersions('/nowhere'), {});
  });

  it('names the processor, and the vector extensions alone', async () => {
    const { model, instructionSets } = await describeCpu();
    assert.notEqual(model, '');
    assert.ok(!instructionSets.includes('fpu'));
    assert.deepEqual(instructionSets, [...new Set(instructionSets)].sort());
  });
});

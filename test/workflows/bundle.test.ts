/** What the workflow sandbox is given to run. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { workflowBundle } from '../fixtures/workflow-environment.ts';

it('holds our contracts and workflows only: no zod, no core, no adapters, no activities', async () => {
  const { code } = await workflowBundle();
  const map = /sourceMappingURL=data:[^,]*base64,(.+)$/m.exec(code)?.[1];
  assert.ok(map, 'the bundle has an inline source map');
  const { sources } = JSON.parse(Buffer.from(map, 'base64').toString('utf8')) as { sources: string[] };
  const ours = sources.filter((source) => !source.includes('node_modules') && source.endsWith('.ts'));
  assert.ok(ours.some((source) => source.endsWith('workflows/retrain.ts')));
  const foreign = ours.filter((source) => !/\/(workflows|contracts)\/[\w-]+\.ts$/.test(source));
  assert.deepEqual(foreign, []);
  assert.deepEqual(
    sources.filter((source) => /node_modules\/zod\//.test(source)),
    [],
  );
});

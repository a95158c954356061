/** Computes the smallest graph there is on the GPU by onnxruntime, and prints [usable, detail] as JSON. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** ONNX of opset 18: y = Identity(x), float32 [1]; made by onnx.helper. */
const IDENTITY = 'CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBI=';

try {
  const session = await InferenceSession.create(Buffer.from(IDENTITY, 'base64'), { executionProviders: ['cuda'] });
  const { y } = await session.run({ x: new Tensor('float32', [1], [1]) });
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
  process.stdout.write(JSON.stringify([y.data[0] === 1, `onnxruntime ${version} of ${loadedFrom()}`]));
} catch (error) {
  process.stdout.write(JSON.stringify([false, `${error.message}; loaded from ${loadedFrom()}`]));
}

/** The library's file: npm's, which has no CUDA, or the one that set-up has laid out. */
function loadedFrom() {
  return /\S*\/libonnxruntime\.so\S*/.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? 'nowhere';
}

/** What a container's probes see of a worker. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { parse } from 'yaml';
import { keepHealthFiles } from '../../workers/health-files.ts';
import { ROOT } from '../fixtures/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'veille-health-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const keep = (state: ReturnType<Worker['getState']>) =>
  keepHealthFiles({ getState: () => state }, { folder, queue: 'veille-cpu', logger: pino({ level: 'silent' }) });
const there = (what: string): boolean => existsSync(join(folder, `veille-cpu.${what}`));

interface Manifest {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Probed[] } } };
}
type Probed = Record<'livenessProbe' | 'readinessProbe', { readonly exec: { readonly command: string[] } }>;

function probesOf(queue: string): Probed {
  const text = readFileSync(`${ROOT}deploy/kubernetes/worker-${queue}.yaml`, 'utf8');
  return (parse(text) as Manifest).spec.template.spec.containers[0] as Probed;
}

/** Whether the manifest's command succeeds on this folder. */
function passes({ exec: { command } }: Probed['livenessProbe']): boolean {
  const [program = '', ...args] = command.map((word) => word.replaceAll('/var/lib/veille/health', folder));
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('health files', () => {
  it('say that the worker lives, and takes tasks only while it runs', () => {
    const end = keep('RUNNING');
    assert.deepEqual([there('live'), there('ready')], [true, true]);
    end();
    assert.deepEqual([there('live'), there('ready')], [false, false]);
    const endDraining = keep('DRAINING');
    assert.deepEqual([there('live'), there('ready')], [true, false]);
    endDraining();
  });

  it('are what the probes of the Kubernetes manifests look at', () => {
    const { livenessProbe, readinessProbe } = probesOf('cpu');
    assert.deepEqual([passes(livenessProbe), passes(readinessProbe)], [false, false]);
    const end = keep('RUNNING');
    assert.deepEqual([passes(livenessProbe), passes(readinessProbe)], [true, true]);
    end();
    assert.match(probesOf('gpu').livenessProbe.exec.command.join(' '), /veille-gpu\.live/);
  });
});

/** The proof as Markdown, for docs/gpu.md, and as JSON. */
import type { Environment } from '../../contracts/environment.ts';
import type { ProofPart } from './claim.ts';

export interface Proof {
  /** False: a rehearsal, in which a CPU stands in for the GPU. */
  readonly onGpu: boolean;
  readonly environment: Environment;
  readonly parts: readonly ProofPart[];
}

/** Three columns: what is claimed, what was measured, whether it holds. */
export function toMarkdown({ onGpu, environment, parts }: Proof): string {
  const { gpus, cuda, cpu, versions, code } = environment;
  const devices = gpus.map(({ name, memoryMiB, driver }) => `${name}, ${memoryMiB} MiB, driver ${driver}`).join('; ');
  const head = [
    onGpu ? `Device: ${devices}` : 'A rehearsal on the CPU: it says nothing of any GPU.',
    `Host: ${cpu.model}, ${cpu.threads} threads; Node ${versions['node']}, torch ${versions['torch']}`,
    ...(cuda ? [`PyTorch: ${cuda.torch.detail}`, `ONNX Runtime: ${cuda.onnxruntime.detail}`] : []),
    `Code: ${code.commit ?? code.buildId}${code.dirty ? ', changed' : ''}`,
  ];
  const tables = parts.map(({ title, claims, figures }) => {
    const rows = [
      ...claims.map(({ claim, measured, holds }) => [claim, measured, holds ? 'holds' : '**does not hold**']),
      ...Object.entries(figures).map(([name, value]) => [name, value, '']),
    ];
    return [
      `### ${title}`,
      '',
      '| what | measured | |',
      '|---|---|---|',
      ...rows.map((row) => `| ${row.join(' | ')} |`),
    ].join('\n');
  });
  return `${head.map((line) => `- ${line}`).join('\n')}\n\n${tables.join('\n\n')}\n`;
}

export function failedClaims({ parts }: Proof): string[] {
  return parts.flatMap(({ claims }) => claims.filter(({ holds }) => !holds).map(({ claim }) => claim));
}

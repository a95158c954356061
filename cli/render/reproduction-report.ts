/** A reproduction as lines: what it is computed with, each step's comparison, and the verdict. */
import type { RunRecord } from '../../contracts/run-record.ts';
import type { LeafDifference } from '../../core/leaf-differences.ts';
import type { Colors } from '../context.ts';
import type { EnvironmentDifferences } from '../records/record-environment.ts';
import type { ComparedStep, Measured } from '../reproduce/compare-step.ts';
import type { Reproduction } from '../reproduce/reproduce-run.ts';
import { leafLines } from './leaf-lines.ts';
import { oneLine } from './line.ts';
import { table } from './table.ts';

const STATES = {
  identical: { text: '✔ identical', colour: 'green' },
  within: { text: '≈ within tolerance', colour: 'yellow' },
  different: { text: '✖ different', colour: 'red' },
} as const;
/** Differences that are told of one step; the JSON document has all. */
const SHOWN = 3;

/** Said before the run: in what this machine is another than the one of the record, and how to get the recorded code. */
export function environmentReport(
  record: RunRecord,
  { code, machine }: EnvironmentDifferences,
  colors: Colors,
): string[] {
  const head = `Reproducing ${oneLine(record.workflowId)}, run ${record.runId}, on this machine.`;
  if (code.length === 0 && machine.length === 0) return [head, 'Code and machine are as recorded.'];
  return [
    head,
    ...(code.length === 0 ? [] : ['Code, recorded → here', ...leafLines(code, colors), ...codeAdvice(record)]),
    ...(machine.length === 0 ? [] : ['Machine, recorded → here', ...leafLines(machine, colors)]),
  ];
}

function codeAdvice({ environments }: RunRecord): string[] {
  const codes = Object.values(environments).map(({ code }) => code);
  const image = codes.find((code) => code.image !== null)?.image;
  const commits = new Set(codes.flatMap(({ commit }) => commit ?? []));
  const changed = codes.some(({ dirty }) => dirty === true) ? ', whose files had been changed' : '';
  return [
    ...(image ? [`  The recorded code is in the image ${oneLine(image)}`] : []),
    ...Array.from(commits, (commit) => `  The recorded code: git checkout ${commit} && npm run setup${changed}`),
  ];
}

/** A row a step, and beneath it what was not compared and how it ends. */
export function reproductionReport(reproduction: Reproduction, colors: Colors, width = Infinity): string[] {
  const { steps, notCompared } = reproduction;
  const rows = steps.map((step) => {
    const { text, colour } = STATES[step.state];
    return [
      step.step,
      colors[colour](text),
      [...step.measured.map(measuredText), ...untoleratedTexts(step)].join('; '),
    ];
  });
  const left = notCompared.map(({ step, reason }) => `${step} (${oneLine(reason)})`);
  return [
    ...table(['step', 'compared', ''], rows, ['left', 'left', 'left'], colors, width),
    '',
    `Not compared: ${left.join(', ')}.`,
    '',
    conclusion(reproduction, colors),
  ];
}

function measuredText({ measure, value, tolerance, problem }: Measured): string {
  if (value === null) return `${measure} can't be compared: ${oneLine(problem ?? '')}`;
  return `${measure} differ by ${Number(value.toPrecision(2))} at most (tolerance ${tolerance})`;
}

function untoleratedTexts({ untolerated }: ComparedStep): string[] {
  const texts = untolerated.slice(0, SHOWN).map(({ path, a, b }) => `${path} ${shown(a)} → ${shown(b)}`);
  return untolerated.length > SHOWN ? [...texts, `${untolerated.length - SHOWN} more`] : texts;
}

function shown(value: LeafDifference['a']): string {
  const text = oneLine(value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > 20 ? `${text.slice(0, 12)}…` : text;
}

function conclusion({ verdict, firstDifference, steps }: Reproduction, colors: Colors): string {
  if (firstDifference === null) {
    return `${colors.green('Identical')}: all ${steps.length} steps have given the same, to the last bit.`;
  }
  const from = `the first step that is not identical is ${firstDifference}`;
  return verdict === 'within'
    ? `${colors.yellow('Within tolerance')}: ${from}.`
    : `${colors.red('Different')}: ${from}.`;
}

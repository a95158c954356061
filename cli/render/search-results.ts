/** A search's answers as lines: one list, or the fine-tuned and the zero-shot model's side by side. */
import type { Colors } from '../context.ts';
import type { Answer, SearchResult } from '../search/search-result.ts';
import { paint, span, widthOf, wrap, type Span } from './line.ts';
import { formatCount, formatMetric } from './quantity.ts';
import { shownWidth } from './fit.ts';

export interface SearchLayout {
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly colors: Colors;
}

/** The lines of one answer, or a list's title. */
type Block = readonly string[];

/** Lines of a passage that are shown; the whole text is in the JSON document. */
const PASSAGE_LINES = 3;
/** Longer lines are hard to read, and a pipe has a thousand columns. */
const WIDEST_LIST = 100;
/** Two lists narrower than this would show too little of each passage: they stand one above the other. */
const NARROWEST_BESIDE = 48;
const GAP = '   ';

/** The run, and beneath it the answers, nearest first; where two models answer, each list has a title. */
export function searchResults(result: SearchResult, { columns, colors }: SearchLayout): string[] {
  const { workflowId, passages, fineTuned, base } = result;
  const wide = Math.min(columns, WIDEST_LIST);
  const half = Math.min(Math.floor((columns - GAP.length) / 2), WIDEST_LIST);
  const isBeside = base !== null && half >= NARROWEST_BESIDE;
  const width = isBeside ? half : wide;
  const line = (text: string, colour: 'bold' | 'dim'): string => paint([span(text, colour)], width, colors);
  const list = (title: string, answers: readonly Answer[]): Block[] => [
    [line(title, 'bold')],
    ...answerBlocks(answers, width).map((block) => block.map((spans) => paint(spans, width, colors))),
  ];
  const head = line(`Run ${workflowId}, ${formatCount(passages)} passages`, 'dim');
  const tuned = list('Fine-tuned', fineTuned);
  if (base === null) return [head, ...tuned.flatMap(spaced)];
  const zeroShot = list('Zero-shot', base);
  return [head, ...(isBeside ? beside(tuned, zeroShot, width) : [...tuned, ...zeroShot]).flatMap(spaced)];
}

function spaced(block: Block): string[] {
  return ['', ...block];
}

/** Answers of one rank start on one line. */
function beside(left: readonly Block[], right: readonly Block[], width: number): Block[] {
  return pairs(left, right).map(([leftBlock = [], rightBlock = []]) =>
    pairs(leftBlock, rightBlock).map(([leftLine = '', rightLine = '']) => {
      const padding = ' '.repeat(width - shownWidth(leftLine));
      return `${leftLine}${padding}${GAP}${rightLine}`.trimEnd();
    }),
  );
}

/** Elements at the same position, as many as the longer list has. */
function pairs<T>(left: readonly T[], right: readonly T[]): [T | undefined, T | undefined][] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [left[i], right[i]]);
}

/** Rank, score and the passage's beginning: its article, where the run's columns put it first. */
function answerBlocks(answers: readonly Answer[], width: number): Span[][][] {
  const ranks = aligned(answers.map(({ rank }) => String(rank)));
  const scores = aligned(answers.map(({ score }) => formatMetric(score)));
  return answers.map(({ passage }, i) => {
    const head = [span(ranks[i] ?? '', 'bold'), span(`  ${scores[i] ?? ''}  `, 'cyan')];
    const indent = widthOf(head);
    const [first = '', ...rest] = wrap(passage.trim(), width - indent, PASSAGE_LINES);
    return [[...head, span(first)], ...rest.map((text) => [span(' '.repeat(indent)), span(text)])];
  });
}

function aligned(texts: readonly string[]): string[] {
  const width = Math.max(0, ...texts.map(({ length }) => length));
  return texts.map((text) => text.padStart(width));
}

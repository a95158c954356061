/** What a benchmark is: its name, what it can be told, and the report that it gives back. */
import type { Summary } from './statistics.ts';

export interface BenchmarkContext<Size extends string = string> {
  /** Times that everything is measured; the peers of a measurement take turns within a round. */
  readonly rounds: number;
  readonly sizes: Readonly<Record<Size, number>>;
  /** Folder of this run's own, removed after it. */
  readonly scratch: string;
  /** Takes one line on what is being done. */
  readonly log: (line: string) => void;
}

export interface SizeOption {
  readonly value: number;
  readonly description: string;
}

export interface Benchmark<Size extends string = string> {
  readonly name: string;
  /** One line: what is measured, against what. */
  readonly summary: string;
  /** Options of the command line, in its spelling, with their defaults. */
  readonly sizes: Readonly<Record<Size, SizeOption>>;
  /** Default of `--rounds`. */
  readonly rounds: number;
  run(context: BenchmarkContext<Size>): Promise<Report>;
}

/** A bound that the project sets itself. A figure that misses it is told, and fails nothing. */
export interface Aim {
  readonly is: '≥' | '≤' | '=';
  readonly bound: number;
}

export interface Figure extends Summary {
  /** Where the result has its median, as a path: `ours.textsPerSecond`. */
  readonly name: string;
  /** Empty for a ratio. */
  readonly unit: string;
  readonly aim?: Aim;
}

export interface Report {
  /** Figures by name, as programs read them. */
  readonly result: Readonly<Record<string, unknown>>;
  /** The same with spread, unit and aim, in the order in which people read them. */
  readonly figures: readonly Figure[];
  /** How it was measured, where the figures do not say it, and what was left out. */
  readonly notes: readonly string[];
}

export function isMet({ is, bound }: Aim, value: number): boolean {
  if (is === '=') return value === bound;
  return is === '≥' ? value >= bound : value <= bound;
}

/** Durations as an option takes them, `90s` or `6h`, and as they are said again. */
import { InvalidArgumentError } from 'commander';

/** Milliseconds, longest first. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * @param text a whole number and one unit: s, m, h or d
 * @returns milliseconds
 * @throws {InvalidArgumentError} which commander tells with the option's name
 */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new InvalidArgumentError('It is a whole number and a unit: 90s, 10m, 6h or 2d.');
  }
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** What {@link parseDuration} reads as the same, in the longest unit that divides it; part seconds are dropped. */
export function durationText(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1_000) * 1_000;
  const [unit, length] = Object.entries(UNITS).find(([, ms]) => whole >= ms && whole % ms === 0) ?? ['s', UNITS.s];
  return `${whole / length}${unit}`;
}

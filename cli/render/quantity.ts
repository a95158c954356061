/** Durations, counts, sizes and metric values as people read them. */
import { formatCount } from '../../contracts/count.ts';

export { formatCount };

/** `0.4s`, `42s`, `3m 05s`, `1h 05m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1_000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** Units a second: two significant digits below ten, whole numbers above. */
export function formatRate(rate: number): string {
  return `${rate < 10 ? Number(rate.toPrecision(2)) : formatCount(rate)}/s`;
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 B`, `1.5 MiB`: powers of 1,024, three significant digits. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1_024 ** power).toPrecision(power === 0 ? 4 : 3))} ${SIZES[power] ?? 'B'}`;
}

/** Four decimals, as the tables of the field show them. */
export function formatMetric(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(4);
}

/** Four decimals with a sign; no sign for a difference that rounds to nothing. */
export function formatDifference(difference: number): string {
  const text = Math.abs(difference).toFixed(4);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** `2026-11-24 07:31:30Z`: sorts, and says its time zone. */
export function formatInstant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

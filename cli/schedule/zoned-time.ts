/** Instants as clocks of a time zone show them, and back. */

/** Swedish dates are ISO 8601 but for the space in the middle. */
const ISO_LOCALE = 'sv-SE';

/**
 * The zone itself where this program knows it, else UTC.
 *
 * @param timeZone an IANA name; empty, as Temporal has it, is UTC
 */
export function knownZone(timeZone: string): string {
  try {
    clockText(0, timeZone);
    return timeZone;
  } catch {
    return 'UTC';
  }
}

/** `2026-11-25 02:00:00 +01:00`: sorts, and leaves no doubt on the night when clocks go back. */
export function formatZoned(instant: number, timeZone: string): string {
  const minutes = Math.round((zonedClock(instant, timeZone) - Math.floor(instant / 1_000) * 1_000) / 60_000);
  const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
  return `${clockText(instant, timeZone)} ${offset}`;
}

/**
 * The instant at which the zone's clocks show `wall`. Of two such instants, when clocks go back, it is the first; where
 * there is none, when they go forward, it is as long after the change as `wall` is after the gap's beginning.
 *
 * @param wall a reading of the clock, as if it were UTC: `Date.parse('2026-11-25T02:00:00Z')`
 * @returns milliseconds since the epoch
 */
export function zonedInstant(wall: number, timeZone: string): number {
  const day = 86_400_000;
  // Clocks change at most once between the days before and after.
  const before = wall - offsetAt(wall - day, timeZone);
  const after = wall - offsetAt(wall + day, timeZone);
  return [before, after].find((instant) => zonedClock(instant, timeZone) === wall) ?? before;
}

function offsetAt(instant: number, timeZone: string): number {
  return zonedClock(instant, timeZone) - instant;
}

/** What the zone's clocks show, to the second, as if it were UTC. */
export function zonedClock(instant: number, timeZone: string): number {
  return Date.parse(`${clockText(instant, timeZone).replace(' ', 'T')}Z`);
}

/** Making one takes longer than a thousand uses of it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function clockText(instant: number, timeZone: string): string {
  const known = formats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat(ISO_LOCALE, { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  if (known === undefined) formats.set(timeZone, format);
  return format.format(instant);
}

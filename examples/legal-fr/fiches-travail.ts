/** Rows from the labour law sheets of @socialgouv/fiches-travail-data. */
import { FICHES_TRAVAIL, sourceLabel } from './packages.ts';
import { htmlToText, oneLine } from './plain-text.ts';
import type { LegalRow } from './row.ts';
import { readTarball } from './tarball.ts';

interface Section {
  readonly title: string;
  readonly html: string;
}

export interface LabourSheet {
  readonly pubId: string;
  readonly title: string;
  /** DD/MM/YYYY. */
  readonly date: string;
  readonly sections: readonly Section[];
}

/** Reads every sheet, in the package's order. */
export async function readFichesTravail(tarball: string): Promise<LegalRow[]> {
  const rows: LegalRow[] = [];
  for await (const { json } of readTarball(tarball, /^data\/fiches-travail\.json$/)) {
    rows.push(...(json as readonly LabourSheet[]).flatMap(readLabourSheet));
  }
  return rows;
}

/** One row for each section that a question heads, asked with the sheet's title, which the heading leaves unsaid. */
export function readLabourSheet(sheet: LabourSheet): LegalRow[] {
  const title = oneLine(sheet.title.replace(/^Questions[ -]réponses \| /i, ''));
  return sheet.sections.flatMap((section, position): LegalRow[] => {
    const heading = oneLine(section.title);
    if (!heading.endsWith('?')) return [];
    return [
      {
        input: `travail-emploi.gouv.fr, fiche ${sheet.pubId}`,
        output: htmlToText(section.html),
        start: '',
        expiration: '',
        num: '',
        query: `${title} : ${heading}`,
        id: `ft:${sheet.pubId}#${position}`,
        kind: 'heading_question_fiche',
        source: sourceLabel(FICHES_TRAVAIL, sheet.date),
        licence: FICHES_TRAVAIL.licence,
      },
    ];
  });
}

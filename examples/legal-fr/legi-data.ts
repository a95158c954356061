/** Rows whose passage is an article: those of @socialgouv/legi-data that the sheets cite. */
import { LEGI_DATA, sourceLabel } from './packages.ts';
import { htmlToText } from './plain-text.ts';
import type { ArticleQuery, LegalRow } from './row.ts';
import { readTarball } from './tarball.ts';

/** A node of a code's tree: the code itself, a section, or an article. */
export interface CodeNode {
  readonly type: 'code' | 'section' | 'article';
  readonly data: {
    readonly title?: string;
    readonly num?: string;
    readonly texteHtml?: string;
    readonly etat?: string;
    /** Milliseconds since the epoch, midnight UTC. */
    readonly dateDebut?: number;
    readonly dateFin?: number;
  };
  readonly children?: readonly CodeNode[];
}

/** Reads the codes one after the other and returns one row for each query whose article is in force in one of them. */
export async function readArticles(tarball: string, queries: readonly ArticleQuery[]): Promise<LegalRow[]> {
  const rows: LegalRow[] = [];
  for await (const { json } of readTarball(tarball, /^data\/LEGITEXT\d+\.json$/)) {
    rows.push(...answerFromCode(json as CodeNode, queries));
  }
  return rows;
}

/** Rows for the queries that name this code and an article in force in it. */
export function answerFromCode(code: CodeNode, queries: readonly ArticleQuery[]): LegalRow[] {
  const name = code.data.title ?? '';
  const asked = queries.filter((query) => query.code.toLowerCase() === name.toLowerCase());
  if (asked.length === 0) return [];
  const inForce = new Map<string, CodeNode>();
  collectArticles(code, inForce);
  return asked.flatMap((query) => {
    const article = inForce.get(query.num);
    return article === undefined ? [] : [articleRow(name, article, query)];
  });
}

function collectArticles(node: CodeNode, inForce: Map<string, CodeNode>): void {
  if (node.type === 'article' && node.data.etat === 'VIGUEUR' && node.data.num !== undefined) {
    inForce.set(node.data.num, node);
  }
  for (const child of node.children ?? []) collectArticles(child, inForce);
}

function articleRow(code: string, { data }: CodeNode, { id, query, num, askedBy }: ArticleQuery): LegalRow {
  return {
    input: `${code}, art. ${num}`,
    output: htmlToText(data.texteHtml ?? ''),
    start: isoDate(data.dateDebut),
    expiration: isoDate(data.dateFin),
    num,
    query,
    id: `legi:${id}`,
    kind: 'label_article',
    source: `${sourceLabel(LEGI_DATA)}; label: ${askedBy}`,
    licence: LEGI_DATA.licence,
  };
}

function isoDate(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '' : new Date(milliseconds).toISOString().slice(0, 10);
}

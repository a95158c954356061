/** examples/legal-fr: plain text of HTML and of the sheets' XML trees. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { htmlToText, oneLine, tidy } from '../../examples/legal-fr/plain-text.ts';
import { bodyText, type SheetNode } from '../../examples/legal-fr/vdd-text.ts';

const element = (name: string, ...children: (SheetNode | string)[]): SheetNode => ({
  name,
  children: children.map((child) => (typeof child === 'string' ? { text: child } : child)),
});
const paragraph = (...children: (SheetNode | string)[]) => element('Paragraphe', ...children);
const title = (text: string) => element('Titre', text);

describe('plain text', () => {
  test('has single spaces, none before a comma or full stop, and keeps the French one before a question mark', () => {
    assert.equal(oneLine(' l\u2019article\u00A0L. 1 ,\n puis  quoi\u202F? '), 'l’article L. 1, puis quoi ?');
    assert.equal(oneLine('le seuil .5 et (voir ci-dessous )'), 'le seuil .5 et (voir ci-dessous)');
  });

  test('drops blank lines and dashes of lists', () => {
    assert.equal(tidy('Il faut :\n\n - un formulaire\n  \n– un passe-port'), 'Il faut :\nun formulaire\nun passe-port');
  });
});

describe('text of HTML', () => {
  test('has a line for each paragraph, heading and list item, without links and marks', () => {
    const html =
      '<h3>Délai</h3><p>Le <strong>salarié</strong> saisit <a href="https://exemple.fr" title="le CPH &gt; section">le CPH</a> .</p><ul><li>par écrit</li><li>ou<br>sur place</li></ul>';
    assert.equal(htmlToText(html), 'Délai\nLe salarié saisit le CPH.\npar écrit\nou\nsur place');
  });

  test('has table cells side by side, no text of buttons, and decoded entities once', () => {
    const html =
      '<table><tr><th>Durée</th> <th>Montant</th></tr><tr><td>1 an</td><td>5&nbsp;&euro; &amp;lt; &#233;</td></tr></table><button>Lire</button>';
    assert.equal(htmlToText(html), 'Durée ; Montant\n1 an ; 5 &euro; &lt; é');
  });
});

describe('text of a sheet', () => {
  test('joins inline elements and puts list items on their own lines', () => {
    const text = element(
      'Texte',
      paragraph('La carte est ', element('MiseEnEvidence', 'gratuite'), '.'),
      element('Liste', element('Item', paragraph('un an')), element('Item', paragraph('deux ans'))),
    );
    assert.equal(bodyText(text), 'La carte est gratuite.\nun an\ndeux ans');
  });

  test('leaves out addresses and online forms, and the titles that stood over nothing else', () => {
    const text = element(
      'Texte',
      element(
        'BlocCas',
        element('Cas', title('Cas général'), paragraph('À la mairie.')),
        element('Cas', title('À Paris'), element('OuSAdresser', title('Préfecture de police'))),
      ),
      element('ServiceEnLigne', title('Formulaire'), paragraph('Cerfa')),
    );
    assert.equal(bodyText(text), 'Cas général\nÀ la mairie.');
  });

  test('puts the title of a remark before it', () => {
    const text = element('Texte', element('ANoter', title('À noter'), paragraph('le délai court.'), paragraph('Fin.')));
    assert.equal(bodyText(text), 'À noter : le délai court.\nFin.');
  });

  test('has one line for each row of a table', () => {
    const cell = (...lines: string[]) => element('Cellule', ...lines.map((line) => paragraph(line)));
    const table = element(
      'Tableau',
      title('Coût'),
      element('Colonne'),
      element('Rangée', cell('Support'), cell('Tarif')),
      element('Rangée', cell('Papier'), cell('0,18 €', 'par page'), cell(), cell('TTC')),
    );
    assert.equal(bodyText(element('Texte', table)), 'Coût\nSupport : Tarif\nPapier : 0,18 €, par page ; TTC');
  });
});

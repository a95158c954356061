/** Messages in the form of Slack's incoming webhooks, which Mattermost, Discord (`/slack`) and others take as well. */

export interface SlackMessage {
  /** What a notification shows. */
  readonly text: string;
  readonly blocks: readonly object[];
}

/** Slack refuses a message with more than 2,000 characters in a field; one that is escaped becomes up to five. */
const MOST_CHARACTERS = 390;

/** One line of plain text in Slack's markup: what it would take for markup is escaped, what is too long is cut. */
export function slackText(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const cut = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line;
  return cut.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function slackLink(url: string, label: string): string {
  return `<${slackText(url)}|${slackText(label)}>`;
}

/** @param text in Slack's markup */
export function sectionBlock(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

/** A table of names and values, at most ten. */
export function fieldsBlock(fields: readonly (readonly [name: string, value: string])[]): object {
  const texts = fields.map(([name, value]) => `*${slackText(name)}*\n${slackText(value)}`);
  return { type: 'section', fields: texts.map((text) => ({ type: 'mrkdwn', text })) };
}

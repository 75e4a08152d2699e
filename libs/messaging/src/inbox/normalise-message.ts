import { createHash } from 'node:crypto';

const LONGEST = 300;
const VARIABLE: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
  [/'[^']*'|"[^"]*"/g, '<text>'],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\d+)?/g, '<address>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, '<hash>'],
  [/\d+(?:\.\d+)?/g, '<n>'],
];

/** A message without what differs from one occurrence of a fault to the next: ids, names in quotes, times, addresses, hashes, numbers. */
export function normaliseMessage(message: string): string {
  return VARIABLE.reduce((text, [variable, sign]) => text.replaceAll(variable, sign), message.replaceAll(/\s+/g, ' ')).slice(0, LONGEST);
}

/** Names what dead letters have in common that died of the same cause: 12 hex digits. */
export function causeOf(consumer: string, type: string, reason: string, pattern: string): string {
  return createHash('sha256').update(JSON.stringify([consumer, type, reason, pattern])).digest('hex').slice(0, 12);
}

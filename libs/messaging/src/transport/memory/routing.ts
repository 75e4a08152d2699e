import { createHash } from 'node:crypto';

/** An exchange's settings: two declarations of a name must agree in them. */
export interface ExchangeSettings {
  type: 'topic' | 'direct' | 'fanout' | 'consistent-hash';
  /** For `consistent-hash`: the header whose value decides; without it the routing key does. */
  hashHeader?: string;
}

export interface Binding {
  queue: string;
  /** Of a `consistent-hash` exchange: the weight, a whole number from 1 on. */
  key: string;
}

/** The queues that an exchange routes a message to, each once. */
export function routeOf({ type, hashHeader }: ExchangeSettings, bindings: readonly Binding[], message: { routingKey: string; headers: Readonly<Record<string, unknown>> }): string[] {
  switch (type) {
    case 'fanout': return distinct(bindings);
    case 'direct': return distinct(bindings.filter(({ key }) => key === message.routingKey));
    case 'topic': return distinct(bindings.filter(({ key }) => topicMatches(key, message.routingKey)));
    case 'consistent-hash': {
      const chosen = heaviest(bindings, String(hashHeader === undefined ? message.routingKey : message.headers[hashHeader] ?? ''));
      return chosen ? [chosen.queue] : [];
    }
  }
}

/** Whether a topic binding takes a routing key: `*` is one word, `#` any number of words, none included. */
export function topicMatches(pattern: string, routingKey: string): boolean {
  return wordsMatch(pattern.split('.'), routingKey === '' ? [] : routingKey.split('.'));
}

function wordsMatch([first, ...rest]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) return words.length === 0;
  if (first === '#') return wordsMatch(rest, words) || (words.length > 0 && wordsMatch(['#', ...rest], words.slice(1)));
  return words.length > 0 && (first === '*' || first === words[0]) && wordsMatch(rest, words.slice(1));
}

/** Rendezvous hashing: a value stays with its queue when others come and go, except for those that a new one takes. */
function heaviest(bindings: readonly Binding[], value: string): Binding | undefined {
  const scored = bindings.map((binding) => ({ binding, score: -Number(binding.key) / Math.log(fraction(`${binding.queue}\0${value}`)) }));
  return scored.toSorted((a, b) => b.score - a.score)[0]?.binding;
}

/** A number between 0 and 1, both excluded, the same for the same text. */
function fraction(text: string): number {
  return (createHash('sha256').update(text).digest().readUInt32BE() + 0.5) / 2 ** 32;
}

function distinct(bindings: readonly Binding[]): string[] {
  return [...new Set(bindings.map(({ queue }) => queue))];
}

const LONGEST_TEXT = 4_000;
const LONGEST_STACK = 16_000;
const LONGEST_KEY = 500;
const DEEPEST_HEADER = 20;

/** PostgreSQL's text takes no NUL, and nobody reads more than this. */
export function storable(text: string): string {
  return cut(text, LONGEST_TEXT);
}

export function storableStack(stack: string | undefined): string | null {
  return stack === undefined ? null : cut(stack, LONGEST_STACK);
}

/** An index takes no row over 2,704 bytes; keys that are alike so far wait for each other, which does no harm. */
export function storableKey(key: string): string {
  return cut(key, LONGEST_KEY);
}

/** jsonb takes no NUL either, nor any depth: what a stranger wrote into a header must not keep a message from being kept. */
export function storableHeaders(headers: Record<string, unknown>): string {
  return JSON.stringify(shallow(headers, DEEPEST_HEADER)).replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1');
}

function shallow(value: unknown, levels: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value) || value instanceof Date) return value;
  if (levels === 0) return '(nested too deep)';
  if (Array.isArray(value)) return value.map((item) => shallow(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shallow(item, levels - 1)]));
}

function cut(text: string, length: number): string {
  return text.replaceAll('\0', '').slice(0, length);
}

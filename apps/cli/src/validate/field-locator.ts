import { pathTokens } from '@heddle/hedgehog';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';

/** A position in a file, both from 1. */
export interface Position { line: number; column: number }

/**
 * Answers where a field of a document stands in a file: as deep as the path leads, since what is missing stands nowhere
 * and defaults are in no file. Undefined where not even its first part is there. The file is parsed once, when first asked.
 */
export function fieldLocator(text: string): (index: number, field: string) => Position | undefined {
  let parsed: Parsed | undefined;
  return (index, field) => locate(parsed ??= parse(text), index, field);
}

interface Parsed { documents: { contents: unknown }[]; lines: LineCounter }

function parse(text: string): Parsed {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { version: '1.2', lineCounter: lines, logLevel: 'silent' });
  return { documents: Array.isArray(documents) ? documents : [], lines };
}

function locate({ documents, lines }: Parsed, index: number, field: string): Position | undefined {
  let node: unknown = documents[index]?.contents;
  let found: number | undefined;
  for (const token of pathTokens(field) ?? []) {
    const next = step(node, token);
    if (!next) break;
    found = next.at;
    node = next.value;
  }
  if (found === undefined) return undefined;
  const { line, col } = lines.linePos(found);
  return { line, column: col };
}

function step(node: unknown, token: string): { at: number; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === token);
    return pair ? { at: (pair.key as Node).range?.[0] ?? 0, value: pair.value } : undefined;
  }
  if (!isSeq(node)) return undefined;
  const item = token.includes('=') ? node.items.find((each) => hasKeys(each, token)) : undefined;
  return item ? { at: (item as Node).range?.[0] ?? 0, value: item } : undefined;
}

/** Whether a list entry has the natural key of a token such as `seq=10` or `server.port=s-1/e1`. */
function hasKeys(item: unknown, token: string): boolean {
  return token.split(',').every((part) => {
    const at = part.indexOf('=');
    const value = part.slice(0, at).split('.').reduce<unknown>((inner, key) => (isMap(inner) ? inner.get(key) : undefined), item);
    return String(value ?? '') === part.slice(at + 1);
  });
}

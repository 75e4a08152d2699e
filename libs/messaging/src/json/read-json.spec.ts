import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEEPEST_JSON } from './find-json-fault.ts';
import { readJson } from './read-json.ts';

const read = (text: string) => readJson(Buffer.from(text));

/** Objects as lists of members, so that a key can stand in one twice. */
type Tree = { members: [string, Tree][] } | { items: Tree[] } | { leaf: string | number | null };
const key = fc.oneof(fc.constantFrom('a', 'b', '1', 'é', 'a"b', 'a\\b'), fc.string({ maxLength: 4 })).filter((text) => text !== '__proto__');
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ leaf: fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('{"a":1,"a":2}', '\\"'), fc.integer(), fc.constant(null)) }),
    fc.record({ items: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ members: fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }) }),
  ),
}));

function write(node: Tree, gap: string, quote: (text: string) => string): string {
  if ('leaf' in node) return typeof node.leaf === 'string' ? quote(node.leaf) : String(node.leaf);
  if ('items' in node) return `[${gap}${node.items.map((item) => write(item, gap, quote)).join(`,${gap}`)}]`;
  return `{${node.members.map(([name, value]) => `${gap}${quote(name)}${gap}:${write(value, gap, quote)}`).join(',')}${gap}}`;
}

function firstDuplicate(node: Tree, path: readonly (string | number)[] = []): string | undefined {
  if ('items' in node) return node.items.map((item, index) => firstDuplicate(item, [...path, index])).find((found) => found !== undefined);
  if ('leaf' in node) return undefined;
  const seen = new Set<string>();
  for (const [name, value] of node.members) {
    if (seen.has(name)) return [...path, name].join('.');
    seen.add(name);
    const found = firstDuplicate(value, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

const plain = (text: string) => JSON.stringify(text);
const escaped = (text: string) => `"${Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')}"`;

describe('readJson', () => {
  it('reads what JSON.parse reads where no key stands twice', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      fc.pre(!text.includes('__proto__'));
      expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }));
  });

  it('names the first key that stands twice, however it is written', () => {
    fc.assert(fc.property(tree, fc.constantFrom('', ' ', '\n\t'), fc.constantFrom(plain, escaped), (node, gap, quote) => {
      const duplicate = firstDuplicate(node);
      const result = read(write(node, gap, quote));
      if (duplicate === undefined) expect(result.ok).toBe(true);
      else expect(result).toMatchObject({ ok: false, message: `The key '${duplicate}' stands twice.` });
    }), { numRuns: 500 });
  });

  it('names a duplicate within an array', () => {
    expect(read('{"data":{"items":[{"a":1},{"b":1,"b":2}]}}')).toMatchObject({ ok: false, message: "The key 'data.items.1.b' stands twice.", value: { data: { items: [{ a: 1 }, { b: 2 }] } } });
  });

  it.each([[0, 1], [0, 39], [15, 16], [17, 39]])('names key %i of forty where it stands twice, as number %i', (first, second) => {
    const members = Array.from({ length: 40 }, (_, index) => `"k${index === second ? first : index}":${index}`);
    expect(read(`{${members.join()}}`)).toMatchObject({ ok: false, message: `The key 'k${first}' stands twice.` });
  });

  it.each(['{"data":{"__proto__":{"admin":true}}}', '{"data":{"\\u005f_proto__":1}}'])('refuses the prototype in %s', (text) => {
    expect(read(text)).toMatchObject({ ok: false, message: "The key 'data.__proto__' would name the prototype." });
  });

  it('takes the name of the prototype as a value', () => {
    expect(read('{"key":"__proto__"}').ok).toBe(true);
  });

  it('takes levels up to the limit and no more', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(read(nested(DEEPEST_JSON)).ok).toBe(true);
    expect(read(nested(DEEPEST_JSON + 1))).toMatchObject({ ok: false, message: expect.stringContaining('nested deeper') as string });
    expect(read('{"a":'.repeat(500_000))).toMatchObject({ ok: false, message: expect.stringContaining('nested deeper') as string });
  });

  it('counts no brackets in text as levels', () => {
    expect(read(JSON.stringify({ text: '[{'.repeat(200), 'escaped"': '\\"[' })).ok).toBe(true);
  });

  it.each([['broken', Buffer.from('{"a":'), 'not JSON'], ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not UTF-8'], ['empty', Buffer.from(''), 'not JSON']])('refuses what is %s', (_, bytes, text) => {
    expect(readJson(bytes)).toMatchObject({ ok: false, message: expect.stringContaining(text) as string });
  });
});

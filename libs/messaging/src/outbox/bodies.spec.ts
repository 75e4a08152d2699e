import { describe, expect, it } from 'vitest';
import { bodiesOf, endToEnd } from './bodies.ts';

const texts = ['first', '', 'zwölf €', '{"a":1}'];

describe('bodiesOf', () => {
  it('writes each text as UTF-8', () => {
    expect(bodiesOf(texts).map((body) => body.toString('utf8'))).toEqual(texts);
  });

  it('gives those of a statement one buffer', () => {
    expect(new Set(bodiesOf(texts).map(({ buffer }) => buffer)).size).toBe(1);
  });

  it('gives each its own where they are large together', () => {
    const large = bodiesOf([...texts, 'x'.repeat(1024 * 1024)]);
    expect(large.at(-1)!.buffer.byteLength).toBe(1024 * 1024);
    expect(large.slice(0, -1).map((body) => body.toString('utf8'))).toEqual(texts);
  });
});

describe('endToEnd', () => {
  const joined = Buffer.from(texts.join(''));

  it('copies nothing where the bodies lie end to end', () => {
    const bodies = bodiesOf(texts);
    expect(endToEnd(bodies)).toEqual(joined);
    expect(endToEnd(bodies).buffer).toBe(bodies[0]!.buffer);
  });

  it('joins those of different buffers', () => {
    expect(endToEnd(texts.map((text) => Buffer.from(text)))).toEqual(joined);
  });

  it('joins parts of one buffer in another order', () => {
    const [first, second, third, last] = bodiesOf(texts) as [Buffer, Buffer, Buffer, Buffer];
    expect(endToEnd([last, first, second, third]).toString('utf8')).toBe(`{"a":1}${texts.slice(0, 3).join('')}`);
    expect(endToEnd([first, third, last]).toString('utf8')).toBe('firstzwölf €{"a":1}');
    expect(endToEnd([first, last]).toString('utf8')).toBe('first{"a":1}');
  });

  it('is nothing where there are none', () => {
    expect(endToEnd([])).toHaveLength(0);
  });
});

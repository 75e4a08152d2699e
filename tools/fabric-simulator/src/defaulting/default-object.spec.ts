import { describe, expect, it } from 'vitest';
import { defaultingPairs } from '../defaulting-pairs.ts';
import { defaultObject } from './default-object.ts';

describe('defaultObject', () => {
  it.each(defaultingPairs)('$name', ({ before, after }) => {
    expect(defaultObject(before)).toEqual(after);
  });

  it.each(defaultingPairs)('changes nothing twice: $name', ({ after }) => {
    expect(defaultObject(after)).toEqual(after);
  });

  it('leaves its argument alone', () => {
    for (const { before } of defaultingPairs) {
      const copy = structuredClone(before);
      defaultObject(before);
      expect(before).toEqual(copy);
    }
  });
});

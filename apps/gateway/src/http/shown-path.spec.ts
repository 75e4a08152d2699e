import { describe, expect, it } from 'vitest';
import { shownPath } from './shown-path.ts';

describe('shownPath', () => {
  it('leaves a path of up to 200 signs whole', () => {
    expect(shownPath('/api/v1/fabrics')).toBe('/api/v1/fabrics');
    expect(shownPath('/'.repeat(200))).toBe('/'.repeat(200));
  });

  it('cuts a longer one and says so', () => {
    expect(shownPath(`/${'a'.repeat(8_000)}`)).toBe(`/${'a'.repeat(199)}…`);
  });
});

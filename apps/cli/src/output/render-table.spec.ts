import { describe, expect, it } from 'vitest';
import { renderAge, renderTable } from './render-table.ts';

describe('renderTable', () => {
  it('aligns columns two spaces apart', () => {
    expect(renderTable([{ n: 'leaf-1', s: 1 }, { n: 'x', s: null }], [{ title: 'name', of: (r) => r.n }, { title: 's', of: (r) => r.s }])).toBe('NAME    S\nleaf-1  1\nx       -');
  });
});

describe('renderAge', () => {
  const now = Date.parse('2026-01-10T00:00:00Z');
  it.each([[30, '30s'], [300, '5m'], [7_300, '2h'], [400_000, '4d']])('renders %i seconds as %s', (seconds, text) => {
    expect(renderAge(new Date(now - seconds * 1_000).toISOString(), now)).toBe(text);
  });
  it('shows a dash for no time', () => {
    expect(renderAge(null)).toBe('-');
  });
});

import { describe, expect, it } from 'vitest';
import { causeOf, normaliseMessage } from './normalise-message.ts';

describe('normaliseMessage', () => {
  it.each([
    ["There is no fabric '1f0c2a3e-0000-4000-8000-0123456789ab'.", 'There is no fabric <text>.'],
    ['step 1f0c2a3e-0000-4000-8000-0123456789ab failed 3 times', 'step <id> failed <n> times'],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED <address>'],
    ['tree 9c1185a5c5e9fc54612808977ee8f548b2258d31 is gone', 'tree <hash> is gone'],
    ['late since 2026-01-02T03:04:05.678Z', 'late since <time>'],
    ['data.items.3.name: Invalid input', 'data.items.<n>.name: Invalid input'],
    ['two\n  lines', 'two lines'],
  ])('leaves of %j what occurrences share', (message, pattern) => {
    expect(normaliseMessage(message)).toBe(pattern);
  });

  it('keeps words that look like hashes', () => {
    expect(normaliseMessage('effaced decade')).toBe('effaced decade');
  });
});

describe('causeOf', () => {
  it('tells apart what differs in any part', () => {
    const causes = [causeOf('a', 'b', 'c', 'd'), causeOf('ab', '', 'c', 'd'), causeOf('a', 'b', 'c', 'e')];
    expect(new Set(causes).size).toBe(3);
    expect(causes[0]).toMatch(/^[0-9a-f]{12}$/);
  });
});

import type { Actor } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { notSecondPerson } from './second-person.ts';

const bob: Actor = { type: 'token', id: 't-bob', name: 'bob' };
const eve: Actor = { type: 'token', id: 't-eve', name: 'eve' };
const system: Actor = { type: 'system', id: 'fabric' };
const ada = { name: 'Ada Lovelace', email: 'ada@example.org' };

describe('notSecondPerson', () => {
  it('lets another person than those who asked', () => {
    expect(notSecondPerson(bob, [system, eve], ada)).toBeNull();
  });

  it.each([[[bob]], [[system, eve, bob]], [[{ type: 'user', id: 'u-1', name: 'Bob' } as Actor]]])('refuses who asked: %j', (requestedBy) => {
    expect(notSecondPerson(bob, requestedBy, null)).toBe('bob asked for it');
  });

  it.each(['ada-lovelace', 'ada', 'Ada Lovelace', 'ADA@example.org'])('refuses the author under the name %s', (name) => {
    expect(notSecondPerson({ type: 'token', id: 't-1', name }, [system], ada)).toContain('wrote the commit');
  });

  it('refuses Heddle itself and nobody', () => {
    expect(notSecondPerson(system, [eve], null)).toContain('only a person');
    expect(notSecondPerson(undefined, [eve], null)).toContain('only a person');
  });
});

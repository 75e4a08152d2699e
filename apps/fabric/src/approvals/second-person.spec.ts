import { type Actor, ADMINISTRATOR } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { mayApprove, notSecondPerson } from './second-person.ts';

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

  const administrator: Actor = { type: 'token', id: 't-admin', name: ADMINISTRATOR };
  const made = (by: Actor, name: string): Actor => ({ type: 'token', id: `t-${name}`, name, madeBy: [{ id: by.id, name: by.name! }, ...by.madeBy ?? []] });
  const [carol, dave] = [made(administrator, 'carol'), made(administrator, 'dave')];

  it('lets people whom the administrator brought in', () => {
    expect(notSecondPerson(dave, [carol], ada)).toBeNull();
    expect(notSecondPerson(made(dave, 'dave-2'), [made(carol, 'carol-2')], ada)).toBeNull();
  });

  it.each<[string, Actor, Actor, string]>([
    ['who asked made it', made(carol, 'eve'), carol, 'carol, who asked for it, made the token eve'],
    ['who asked made what made it', made(made(carol, 'eve'), 'eve-2'), carol, 'carol, who asked for it, made the token eve-2'],
    ['it made the one that asked', carol, made(carol, 'eve'), 'carol made the token eve, which asked for it'],
    ['one person made both', made(carol, 'eve'), made(carol, 'mallory'), 'carol made both eve and mallory, which asked for it'],
    ['the administrator asked', carol, administrator, 'administrator, who asked for it, made the token carol'],
    ['it is the administrator\'s', administrator, system, 'the token administrator of the configuration is of no person in particular'],
  ])('refuses a token where %s', (_why, actor, asked, fault) => {
    expect(notSecondPerson(actor, [asked], null)).toBe(fault);
  });

  it('refuses a token that the author made', () => {
    expect(notSecondPerson(made({ ...carol, name: 'ada' }, 'eve'), [system], ada)).toBe('eve was made by ada, who wrote the commit (Ada Lovelace <ada@example.org>)');
  });

  it('says who may', () => {
    expect(mayApprove([system], null)).toBe('Anybody with a token of their own.');
    expect(mayApprove([system, carol], ada)).toBe('Anybody with a token of their own, but not carol, who asked for it, nor Ada Lovelace <ada@example.org>, who wrote the commit, nor by a token that one of them made.');
  });

  it('refuses Heddle itself and nobody', () => {
    expect(notSecondPerson(system, [eve], null)).toContain('only a person');
    expect(notSecondPerson(undefined, [eve], null)).toContain('only a person');
  });
});

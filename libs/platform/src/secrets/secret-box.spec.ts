import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.ts';
import { Secret } from './secret.ts';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const at = { table: 'repository', row: 'r1', column: 'credentials' };

describe('SecretBox', () => {
  it('opens what it sealed at the same place', () => {
    const box = SecretBox.fromConfig(key('a'));
    expect(box.decrypt(box.encrypt('tök€n', at), at).reveal()).toBe('tök€n');
  });

  it('refuses a value moved to another row', () => {
    const box = SecretBox.fromConfig(key('a'));
    expect(() => box.decrypt(box.encrypt('x', at), { ...at, row: 'r2' })).toThrow(/can't be opened/);
  });

  it('still opens what an older key sealed', () => {
    const old = key('old');
    const sealed = SecretBox.fromConfig(old).encrypt('x', at);
    expect(SecretBox.fromConfig(`${key('new')},${old}`).decrypt(sealed, at).reveal()).toBe('x');
  });

  it('names the key that is missing', () => {
    const sealed = SecretBox.fromConfig(key('gone')).encrypt('x', at);
    expect(() => SecretBox.fromConfig(key('new')).decrypt(sealed, at)).toThrow(/'gone'/);
  });

  it('refuses a key of the wrong length', () => {
    expect(() => SecretBox.fromConfig('a:c2hvcnQ=')).toThrow(/32 bytes/);
  });
});

describe('Secret', () => {
  it('prints nowhere', () => {
    const secret = new Secret('hunter2');
    expect([`${secret}`, JSON.stringify({ secret }), inspect({ deep: { secret } })].join()).not.toContain('hunter2');
  });
});

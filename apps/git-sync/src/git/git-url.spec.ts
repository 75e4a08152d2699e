import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GitUrlError, parseGitUrl, remoteKey } from './git-url.ts';

describe('parseGitUrl', () => {
  it.each([
    ['https://git.example.com/team/net.git', { scheme: 'https', host: 'git.example.com', port: 443, user: null, remote: 'https://git.example.com/team/net.git' }],
    ['https://bob@Git.Example.com:8443/net', { scheme: 'https', host: 'git.example.com', port: 8443, user: 'bob', remote: 'https://git.example.com:8443/net' }],
    ['ssh://git@git.example.com:2222/net.git', { scheme: 'ssh', host: 'git.example.com', port: 2222, user: 'git', remote: 'ssh://git@git.example.com/net.git' }],
    ['git@git.example.com:team/net.git', { scheme: 'ssh', host: 'git.example.com', port: 22, user: 'git', remote: 'git@git.example.com:team/net.git' }],
    ['http://[::1]:3000/net', { scheme: 'http', host: '[::1]', port: 3000, user: null, remote: 'http://[::1]:3000/net' }],
  ])('reads %s', (text, expected) => {
    expect(parseGitUrl(text)).toEqual(expected);
  });

  it.each([
    'file:///etc', '/srv/net.git', 'ext::sh -c id', 'ext::sh', '-oProxyCommand=id', 'ssh://-oProxyCommand=id/x',
    'https://bob:secret@git.example.com/net', 'git://git.example.com/net', 'https://git.example.com/', 'https://git.example.com/net?x=1',
    'git@-host:net', 'git@host:-net', 'https://git.example.com/a\nb', 'ssh://$(id)@host/net',
  ])('refuses %j', (text) => {
    expect(() => parseGitUrl(text)).toThrow(GitUrlError);
  });

  it('never lets an option or a space through', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      try {
        expect(parseGitUrl(text).remote).toMatch(/^(https?:\/\/|ssh:\/\/|[\w.]+[\w.-]*@)[^\s]+$/);
      } catch (error) {
        expect(error).toBeInstanceOf(GitUrlError);
      }
    }));
  });

  it('keeps the remote key while only the path changes', () => {
    const key = (text: string) => remoteKey(parseGitUrl(text));
    expect(key('https://git.example.com/a')).toBe(key('https://git.example.com/b'));
    expect(key('https://git.example.com/a')).not.toBe(key('https://git.example.org/a'));
    expect(key('https://git.example.com/a')).not.toBe(key('ssh://git.example.com/a'));
  });
});

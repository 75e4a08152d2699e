import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyGitError, redact } from './classify-git-error.ts';
import { GitFailure } from './git-failure.ts';

const end = (stderr: string, secrets: string[] = []) => classifyGitError({ doing: 'fetch', stderr, exitCode: 128, secrets });

describe('classifyGitError', () => {
  it.each([
    ["fatal: Authentication failed for 'https://git.example.com/net.git/'", 'AuthenticationRefused'],
    ["fatal: could not read Username for 'https://git.example.com': terminal prompts disabled", 'AuthenticationRefused'],
    ['git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'AuthenticationRefused'],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 403", 'AuthenticationRefused'],
    ["fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none CRLfile: none", 'TlsUntrusted'],
    ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'TlsUntrusted'],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'NameNotResolved'],
    ["fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused", 'HostUnreachable'],
    ["fatal: repository 'https://x/net.git/' not found", 'RepositoryNotFound'],
    ["fatal: '/srv/none' does not appear to be a git repository\nfatal: Could not read from remote repository.", 'RepositoryNotFound'],
    ["fatal: couldn't find remote ref refs/heads/gone", 'BranchMissing'],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'HostKeyMismatch'],
    ['Load key "/x/key": error in libcrypto\ngit@x: Permission denied (publickey).', 'PrivateKeyUnreadable'],
    ['error: Server does not allow request for unadvertised object 1234', 'ObjectsRefused'],
    ['error: inflate: data stream error (incorrect header check)', 'MirrorCorrupt'],
    ['fatal: The requested URL returned error: 302', 'RedirectRefused'],
    ['fatal: The requested URL returned error: 503', 'ServerFailed'],
    ['error: Operation too slow. Less than 1000 bytes/sec transferred the last 30 seconds', 'TimedOut'],
    ['something new', 'GitFailed'],
  ])('reads %j', (stderr, reason) => {
    expect(end(stderr).reason).toBe(reason);
  });

  it('believes the tunnel before the words of git', () => {
    const tunnelFailure = new GitFailure('NameNotResolved', 'x is not known');
    expect(classifyGitError({ doing: 'fetch', stderr: 'Connection refused', exitCode: 1, secrets: [], tunnelFailure })).toBe(tunnelFailure);
  });

  it('shows no secret in any of its forms', () => {
    fc.assert(fc.property(fc.string({ minLength: 8 }), fc.string(), (secret, noise) => {
      const text = `${noise} ${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString('base64')}`;
      expect(redact(text, [secret])).not.toContain(encodeURIComponent(secret));
      expect(redact(text, [secret])).not.toContain(Buffer.from(secret).toString('base64'));
    }));
  });

  it('drops user and password from addresses', () => {
    expect(end("fatal: Authentication failed for 'https://bob:hunter22@x/net'").message).not.toMatch(/bob|hunter22/);
  });
});

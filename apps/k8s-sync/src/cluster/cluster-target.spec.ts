import { HeddleError, Secret } from '@heddle/platform';
import { CertificateAuthority } from '@heddle/kube-sandbox';
import { describe, expect, it } from 'vitest';
import { toClusterTarget } from './cluster-target.ts';

const authority = CertificateAuthority.create('test');
const client = authority.issueClient('heddle', []);
const token = { type: 'token' as const, token: 'generated' };
const spec = (extra: object = {}) => ({ server: 'https://lab.example:6443/', authentication: token, namespace: 'default', ...extra });

function refusal(given: Parameters<typeof toClusterTarget>[0]): HeddleError {
  try {
    toClusterTarget(given);
  } catch (error) {
    return error as HeddleError;
  }
  throw new Error('it was accepted');
}

describe('toClusterTarget', () => {
  it('brings the address into one form', () => {
    expect(toClusterTarget(spec()).server).toBe('https://lab.example:6443');
    expect(toClusterTarget(spec({ server: 'https://proxy.example/clusters/lab/' })).server).toBe('https://proxy.example/clusters/lab');
  });

  it('takes a certificate with the key that belongs to it', () => {
    const target = toClusterTarget(spec({ certificateAuthority: authority.pair.cert, authentication: { type: 'client-certificate', certificate: client.cert, key: client.key } }));
    expect(target.authentication).toMatchObject({ type: 'client-certificate', key: expect.any(Secret) });
  });

  it('takes an empty authority for the roots of the system', () => {
    expect(toClusterTarget(spec({ certificateAuthority: ' ' })).certificateAuthority).toBeNull();
  });

  it.each([
    ['an address that is no URL', spec({ server: 'lab' }), 'server'],
    ['credentials in the address', spec({ server: 'https://user:pass@lab' }), 'server'],
    ['an authority that is no certificate', spec({ certificateAuthority: 'hello' }), 'certificateAuthority'],
    ['a token with line breaks', spec({ authentication: { type: 'token' as const, token: 'a\nb' } }), 'authentication.token'],
    ['a key that is none', spec({ authentication: { type: 'client-certificate' as const, certificate: client.cert, key: 'secret-key' } }), 'authentication.key'],
    ["somebody else's key", spec({ authentication: { type: 'client-certificate' as const, certificate: client.cert, key: authority.issueClient('other', []).key } }), 'authentication.key'],
  ])('refuses %s by its field', (_name, given, field) => {
    const error = refusal(given);
    expect(error.errors?.[0]?.field).toBe(field);
    expect(JSON.stringify([error.message, error.cause])).not.toMatch(/secret-key|user:pass/);
  });
});

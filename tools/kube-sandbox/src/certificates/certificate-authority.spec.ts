import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from './certificate-authority.ts';

describe('CertificateAuthority', () => {
  it('issues server certificates that its own certificate verifies', () => {
    const authority = CertificateAuthority.create('test');
    const ca = new X509Certificate(authority.pair.cert);
    const server = new X509Certificate(authority.issueServer(['localhost', '127.0.0.1', '::1']).cert);
    expect(ca.ca).toBe(true);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(new X509Certificate(CertificateAuthority.create('other').pair.cert).verify(ca.publicKey)).toBe(false);
  });

  it('names the user and its groups in client certificates', () => {
    const { cert } = CertificateAuthority.create('test').issueClient('jane', ['team-a', 'team-b']);
    expect(new X509Certificate(cert).subject).toBe('O=team-a\nO=team-b\nCN=jane');
  });

  it('goes on issuing after it was stored', () => {
    const stored = CertificateAuthority.create('test').pair;
    const issued = new X509Certificate(CertificateAuthority.restore('test', stored).issueClient('jane', []).cert);
    expect(issued.verify(new X509Certificate(stored.cert).publicKey)).toBe(true);
  });
});

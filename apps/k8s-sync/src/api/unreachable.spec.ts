import { Invalid } from '@heddle/platform';
import { describe, expect, it } from 'vitest';
import { connectionReasonOf } from './connection-reason.ts';
import { toUnreachable } from './unreachable.ts';

const coded = (code: string, cause?: unknown) => Object.assign(new Error('x', { cause }), { code });

describe('toUnreachable', () => {
  it.each([
    ['ENOTFOUND', 'NameNotResolved'], ['ECONNREFUSED', 'ConnectionRefused'], ['EHOSTUNREACH', 'NetworkUnreachable'], ['UND_ERR_CONNECT_TIMEOUT', 'TimedOut'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TlsUntrusted'], ['CERT_HAS_EXPIRED', 'TlsUntrusted'], ['ERR_TLS_CERT_ALTNAME_INVALID', 'TlsUntrusted'], ['EPROTO', 'TlsFailed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TlsFailed'], ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ClientCertificateRefused'], ['ECONNRESET', 'ConnectionLost'], ['UND_ERR_SOCKET', 'ConnectionLost'],
  ])('reads %s as %s', (code, reason) => {
    expect(toUnreachable(coded(code), 'https://a').reason).toBe(reason);
  });

  it('finds the cause inside of what wraps it', () => {
    expect(toUnreachable(new Error('fetch failed', { cause: new AggregateError([coded('ECONNREFUSED')]) }), 'https://a')).toMatchObject({ reason: 'ConnectionRefused', message: expect.stringContaining('https://a') });
    expect(toUnreachable(coded('UND_ERR_SOCKET', coded('CERT_HAS_EXPIRED')), 'https://a').reason).toBe('TlsUntrusted');
  });

  it('knows the refusals of the guard', () => {
    expect(toUnreachable(new Invalid({ code: 'NET-004', message: 'private', remedy: 'r' }), 'https://a').reason).toBe('AddressNotAllowed');
  });
});

describe('connectionReasonOf', () => {
  const status = (code: number, message: string) => ({ status: code, body: { kind: 'Status', message, code }, retryAfterSeconds: null });

  it.each([
    [401, 'Unauthorized', 'Unauthorized'], [403, 'User "system:anonymous" cannot list', 'Unauthorized'], [403, 'User "fabric-a" cannot list', 'Connected'],
    [404, 'not found', 'Connected'], [409, 'conflict', 'Connected'], [429, 'later', 'Connected'], [503, 'away', 'ServerError'], [500, 'etcd', 'ServerError'],
    [500, 'failed to create typed patch object (/a): .spec.x: field not declared in schema', 'Connected'],
    [500, 'Internal error occurred: failed calling webhook "x": refused', 'Connected'],
  ])('judges %i %s as %s', (code, message, reason) => {
    expect(connectionReasonOf(status(code, message))).toBe(reason);
  });
});

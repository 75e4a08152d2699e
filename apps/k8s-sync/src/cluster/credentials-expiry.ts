import { X509Certificate } from 'node:crypto';
import type { ApiCredentials } from '../api/api-session.ts';

/** When credentials end, as they say themselves: a client certificate always does, a token where it is a JWT with `exp`. Null for never or unknown. */
export function credentialsExpiry({ token, clientCertificate }: Pick<ApiCredentials, 'token' | 'clientCertificate'>): Date | null {
  if (clientCertificate) return new X509Certificate(clientCertificate.certificate).validToDate;
  return token && expiryOfToken(token());
}

/** The last second that an ISO 8601 time of four digits can tell, in seconds since 1970. */
const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1_000;

/** The API server verifies the token; here it is only read. */
function expiryOfToken(token: string): Date | null {
  const [, claims, signature] = token.split('.');
  if (claims === undefined || signature === undefined) return null;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { exp?: unknown };
    return typeof exp === 'number' && exp >= 0 && exp <= LAST_SECOND ? new Date(exp * 1_000) : null;
  } catch {
    return null;
  }
}

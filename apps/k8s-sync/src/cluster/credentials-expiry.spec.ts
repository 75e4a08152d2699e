import { expect, it } from 'vitest';
import { credentialsExpiry } from './credentials-expiry.ts';

const jwt = (claims: unknown) => ['h', Buffer.from(JSON.stringify(claims)).toString('base64url'), 's'].join('.');

it.each([
  ['a token of a ServiceAccount', jwt({ sub: 'system:serviceaccount:default:heddle', exp: 1_800_000_000 }), '2027-01-15T08:00:00.000Z'],
  ['a token without an end', jwt({ sub: 'x' }), undefined],
  ['a token that ends at no time', jwt({ exp: 'soon' }), undefined],
  ['a token that ends past all time', jwt({ exp: 1e18 }), undefined],
  ['a token that counts in milliseconds', jwt({ exp: 1_800_000_000_000 }), undefined],
  ['claims that are none', jwt(null), undefined],
  ['an opaque token', 'abcdef', undefined],
  ['what only looks like a JWT', 'a.b.c', undefined],
])('reads the end of %s', (_what, token, expected) => {
  expect(credentialsExpiry({ token: () => token, clientCertificate: null })?.toISOString()).toBe(expected);
});

import { randomBytes } from 'node:crypto';

export interface User {
  name: string;
  uid?: string;
  groups: string[];
}

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Bearer tokens and client certificates. */
export class Authenticator {
  private readonly tokens: Map<string, User>;
  private changed: () => void = () => undefined;

  constructor(tokens: [string, User][] = []) {
    this.tokens = new Map(tokens);
  }

  onChange(callback: () => void): void {
    this.changed = callback;
  }

  /** Makes a token for a user; the groups gain system:authenticated. */
  issue(name: string, groups: string[] = [], uid: string = name): string {
    const token = randomBytes(24).toString('base64url');
    this.add(token, { name, uid, groups: [...groups, 'system:authenticated'] });
    return token;
  }

  add(token: string, user: User): void {
    this.tokens.set(token, user);
    this.changed();
  }

  revoke(token: string): void {
    this.tokens.delete(token);
    this.changed();
  }

  entries(): [string, User][] {
    return [...this.tokens];
  }

  /** undefined: the credential is unknown (401). No credential at all is the anonymous user. */
  authenticate(authorization: string | undefined, certificate: { CN?: string; O?: string | string[] } | undefined): User | undefined {
    if (certificate?.CN !== undefined) {
      const organizations = certificate.O === undefined ? [] : [certificate.O].flat();
      return { name: certificate.CN, groups: [...organizations, 'system:authenticated'] };
    }
    if (authorization === undefined) return ANONYMOUS;
    const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
    return token === undefined ? undefined : this.tokens.get(token);
  }
}

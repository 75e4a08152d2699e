import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { User } from './auth/authenticator.ts';
import { CertificateAuthority, type KeyPair } from './certificates/certificate-authority.ts';

const NAME = 'kube-sandbox';

interface Stored {
  authority: KeyPair;
  adminToken: string;
  tokens: [string, User][];
}

/** The authority and the tokens of a server, kept in its folder so that kubeconfigs outlive a restart. */
export class Identity {
  private readonly path: string | undefined;
  readonly authority: CertificateAuthority;
  readonly adminToken: string | undefined;
  readonly tokens: [string, User][];

  constructor(folder: string | undefined) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = folder === undefined ? undefined : join(folder, 'identity.json');
    const stored = this.path !== undefined && existsSync(this.path) ? (JSON.parse(readFileSync(this.path, 'utf8')) as Stored) : undefined;
    this.authority = stored === undefined ? CertificateAuthority.create(NAME) : CertificateAuthority.restore(NAME, stored.authority);
    this.adminToken = stored?.adminToken;
    this.tokens = stored?.tokens ?? [];
  }

  save(adminToken: string, tokens: [string, User][]): void {
    if (this.path === undefined) return;
    const stored: Stored = { authority: this.authority.pair, adminToken, tokens };
    writeFileSync(`${this.path}.new`, JSON.stringify(stored), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}

import { randomBytes } from 'node:crypto';
import type { Body } from '../kube/kube-object.ts';

/** What makes real agents delicate: accounts with password hashes, and the registry's credentials. Random, of no use. */
export function agentCredentials(): Body {
  return {
    users: [account('admin', 'admin'), account('op', 'operator')],
    version: {
      default: 'v0.0.0-simulated',
      repo: 'registry.invalid/agent',
      username: `pull-${secret(4)}`,
      password: secret(18),
      ca: secret(64),
    },
  };
}

const account = (name: string, role: string): Body => ({ name, role, password: `$5$${secret(6)}$${secret(32)}`, sshKeys: [`ssh-ed25519 ${secret(48)} ${name}`] });
const secret = (bytes: number): string => randomBytes(bytes).toString('base64url');

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { KubeAccess } from './kube-client.ts';
import type { Body } from './kube-object.ts';

/** Reads a kubeconfig's current context. Tokens and certificates only: exec plugins are refused. */
export function accessFromKubeconfig(file: string): KubeAccess {
  const config = parse(readFileSync(file, 'utf8')) as Body;
  const context = entry(config.contexts, config['current-context'], 'context', file);
  const cluster = entry(config.clusters, context.cluster, 'cluster', file);
  const user = entry(config.users, context.user, 'user', file);
  if (user.exec || user['auth-provider']) throw new Error(`${file}: users with exec or auth-provider are not supported; use a token or a client certificate`);
  const pem = (body: Body, field: string): string | undefined => {
    if (body[`${field}-data`]) return Buffer.from(body[`${field}-data`], 'base64').toString('utf8');
    return body[field] ? readFileSync(resolve(dirname(file), body[field]), 'utf8') : undefined;
  };
  return {
    server: cluster.server,
    caPem: pem(cluster, 'certificate-authority'),
    token: user.token,
    clientCertPem: pem(user, 'client-certificate'),
    clientKeyPem: pem(user, 'client-key'),
  };
}

function entry(list: Body[] | undefined, name: string, field: string, file: string): Body {
  const found = list?.find((candidate) => candidate.name === name)?.[field] as Body | undefined;
  if (!found) throw new Error(`${file}: no ${field} named ${name}`);
  return found;
}

import { stringify } from 'yaml';

export interface KubeconfigParts {
  url: string;
  caPem: string;
  user: { token: string } | { cert: string; key: string };
}

/** A kubeconfig of one cluster, one user and one context, all named `sandbox`. */
export function kubeconfigText({ url, caPem, user }: KubeconfigParts): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: 'sandbox', user: credentials }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox', namespace: 'default' } }],
    'current-context': 'sandbox',
  });
}

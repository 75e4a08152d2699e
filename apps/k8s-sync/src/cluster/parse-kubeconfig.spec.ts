import { HeddleError } from '@heddle/platform';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseKubeconfig } from './parse-kubeconfig.ts';

const CA = '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Parts { cluster?: object; user?: object; context?: object; extra?: object }

function kubeconfig({ cluster, user, context, extra }: Parts = {}): string {
  return stringify({
    apiVersion: 'v1', kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: 'https://lab.example:6443', 'certificate-authority-data': base64(CA), ...cluster } }],
    users: [{ name: 'heddle', user: user ?? { token: 'generated-in-a-test' } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'heddle', ...context } }],
    'current-context': 'lab', ...extra,
  });
}

const parse = (source: string, context?: string, namespace = 'default') => parseKubeconfig(source, { context, namespace });

function refusal(source: string, context?: string): HeddleError {
  try {
    parse(source, context);
  } catch (error) {
    if (error instanceof HeddleError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseKubeconfig', () => {
  it('reads server, authority and token of the current context', () => {
    const target = parse(kubeconfig());
    expect(target).toMatchObject({ server: 'https://lab.example:6443', certificateAuthority: CA, namespace: 'default', authentication: { type: 'token' } });
    expect(target.authentication.type === 'token' && target.authentication.token.reveal()).toBe('generated-in-a-test');
  });

  it('reads a client certificate with its key', () => {
    const target = parse(kubeconfig({ user: { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') } }));
    expect(target.authentication).toMatchObject({ type: 'client-certificate', certificate: 'cert' });
  });

  it('takes the namespace of the context unless another is asked for', () => {
    const source = kubeconfig({ context: { namespace: 'fab' } });
    expect(parse(source).namespace).toBe('fab');
    expect(parse(source, undefined, 'other').namespace).toBe('other');
  });

  it('takes the context that is asked for', () => {
    const source = kubeconfig({ extra: { contexts: [{ name: 'a', context: { cluster: 'lab', user: 'heddle', namespace: 'in-a' } }, { name: 'b', context: { cluster: 'lab', user: 'heddle', namespace: 'in-b' } }], 'current-context': 'a' } });
    expect(parse(source).namespace).toBe('in-a');
    expect(parse(source, 'b').namespace).toBe('in-b');
    expect(refusal(source, 'c').message).toContain("no context 'c'; it has 'a', 'b'");
  });

  it('takes the only context where none is current', () => {
    expect(parse(kubeconfig({ extra: { 'current-context': '' } })).server).toBe('https://lab.example:6443');
  });

  const refused: [string, string, RegExp, RegExp][] = [
    ['exec', kubeconfig({ user: { exec: { command: 'aws' } } }), /'exec'/, /runs no programs/],
    ['auth-provider', kubeconfig({ user: { 'auth-provider': { name: 'oidc' } } }), /'auth-provider'/, /plugins/],
    ['tokenFile', kubeconfig({ user: { tokenFile: '/var/run/token' } }), /'tokenFile'/, /reads no files/],
    ['a certificate file', kubeconfig({ user: { 'client-certificate': '/a.crt', 'client-key': '/a.key' } }), /'client-certificate'/, /--flatten/],
    ['a key file', kubeconfig({ user: { 'client-certificate-data': base64('c'), 'client-key': '/a.key' } }), /'client-key'/, /--flatten/],
    ['an authority file', kubeconfig({ cluster: { 'certificate-authority': '/ca.crt' } }), /'certificate-authority'/, /--flatten/],
    ['a switched-off verification', kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } }), /'insecure-skip-tls-verify'/, /Give the CA/],
    ['a proxy', kubeconfig({ cluster: { 'proxy-url': 'http://proxy' } }), /'proxy-url'/, /without a proxy/],
    ['a password', kubeconfig({ user: { username: 'u', password: 'p' } }), /'username'/, /token or a client certificate/],
    ['impersonation', kubeconfig({ user: { token: 't', as: 'root' } }), /'as'/, /account itself/],
    ['a user without credentials', kubeconfig({ user: {} }), /neither a token nor a client certificate/, /flatten/],
    ['a missing cluster', kubeconfig({ context: { cluster: 'gone' } }), /cluster 'gone'/, /Add the cluster/],
    ['no context at all', kubeconfig({ extra: { contexts: [], 'current-context': undefined } }), /no current context; it has none/, /Choose/],
    ['another kind of document', stringify({ apiVersion: 'v1', kind: 'Secret' }), /not a kubeconfig/, /kind Config/],
    ['broken YAML', 'a: [1\nb: }', /not valid YAML \(line/, /indentation/],
    ['aliases', 'kind: Config\nclusters: &c []\nusers: *c\n', /aliases/, /Write the values out/],
    ['a scalar', 'hello', /not a kubeconfig/, /kind Config/],
  ];
  it.each(refused)('refuses %s and says what to do', (_name, source, message, remedy) => {
    const error = refusal(source);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
    expect(error.errors).toEqual([{ field: 'kubeconfig', message: error.message }]);
  });

  it('never quotes what was pasted in an error', () => {
    const secret = 'deadbeef-secret';
    for (const source of [kubeconfig({ user: { token: secret, exec: { env: secret } } }), `token: ${secret}\n  bad: [`, kubeconfig({ user: { 'client-certificate-data': `!${secret}`, 'client-key-data': 'x' } })]) {
      expect(JSON.stringify({ ...refusal(source), message: refusal(source).message })).not.toContain(secret);
    }
  });
});

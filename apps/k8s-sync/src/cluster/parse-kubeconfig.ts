import { Invalid, Secret } from '@heddle/platform';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { ClusterTarget } from './cluster-target.ts';

const named = <Shape extends z.ZodType>(key: string, shape: Shape) => z.array(z.looseObject({ name: z.coerce.string(), [key]: shape.optional() })).default([]);
const text = z.coerce.string().optional();
const settings = z.record(z.string(), z.unknown());

const kubeconfigSchema = z.looseObject({
  kind: z.literal('Config').optional(),
  'current-context': text,
  clusters: named('cluster', settings),
  users: named('user', settings),
  contexts: named('context', z.looseObject({ cluster: text, user: text, namespace: text })),
});

type Settings = Record<string, unknown>;

const FLATTEN = 'Paste the output of `kubectl config view --flatten --minify --raw`, which holds the files themselves.';

/** Settings that Heddle does not follow, and what to do instead: it runs no programs and reads no files for a kubeconfig. */
const REFUSED_USER: Readonly<Record<string, string>> = {
  exec: 'Use a ServiceAccount token or a client certificate: Heddle runs no programs of a kubeconfig.',
  'auth-provider': 'Use a ServiceAccount token or a client certificate: login plugins are not supported.',
  tokenFile: 'Paste the token itself as `token`: Heddle reads no files of a kubeconfig.',
  'client-certificate': FLATTEN,
  'client-key': FLATTEN,
  username: 'Use a token or a client certificate: Kubernetes has no passwords any more.',
  password: 'Use a token or a client certificate: Kubernetes has no passwords any more.',
  as: 'Use credentials of the account itself: impersonation is not supported.',
};

const REFUSED_CLUSTER: Readonly<Record<string, string>> = {
  'certificate-authority': FLATTEN,
  'insecure-skip-tls-verify': "Give the CA that signed the API server's certificate (certificate-authority-data) instead.",
  'proxy-url': 'Give an address that Heddle can reach without a proxy.',
  'tls-server-name': "Use a host name that the API server's certificate holds as the server address.",
};

/** Reads a pasted kubeconfig. A namespace other than `default` in the request wins over that of the context. @throws Invalid */
export function parseKubeconfig(source: string, wanted: { context?: string | undefined; namespace: string }): ClusterTarget {
  const config = read(source);
  const context = chooseContext(config, wanted.context);
  const cluster = entry(config.clusters, 'cluster', context.cluster, `context ${context.name}`);
  const user = entry(config.users, 'user', context.user, `context ${context.name}`);
  refuse(cluster, REFUSED_CLUSTER, `cluster ${context.cluster}`);
  refuse(user, REFUSED_USER, `user ${context.user}`);
  const server = cluster['server'];
  if (typeof server !== 'string' || server === '') throw invalid(`Cluster '${context.cluster}' has no server.`, 'Add the address of the API server.');
  return {
    server,
    certificateAuthority: decoded(cluster, 'certificate-authority-data'),
    authentication: authenticationOf(user, String(context.user)),
    namespace: wanted.namespace === 'default' ? context.namespace ?? 'default' : wanted.namespace,
  };
}

function read(source: string): z.infer<typeof kubeconfigSchema> {
  // Aliases are refused: a kubeconfig has none, and they are the way to a document that grows without bound.
  const document = parseDocument(source, { logLevel: 'silent', prettyErrors: false });
  if (document.errors.length > 0) {
    const position = source.slice(0, document.errors[0]!.pos[0]).split('\n').length;
    throw invalid(`The kubeconfig is not valid YAML (line ${position}).`, 'Paste the whole file, with its indentation.');
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw invalid('The kubeconfig uses YAML aliases.', 'Write the values out.');
  }
  const result = kubeconfigSchema.safeParse(value);
  if (result.success) return result.data;
  const at = result.error.issues[0]!.path.join('.');
  throw invalid(`This is not a kubeconfig${at ? ` (at ${at})` : ''}.`, 'Paste a file of kind Config with clusters, users and contexts.');
}

function chooseContext(config: z.infer<typeof kubeconfigSchema>, wanted: string | undefined): { name: string; cluster: string | undefined; user: string | undefined; namespace: string | undefined } {
  const names = config.contexts.map((context) => String(context['name']));
  const name = wanted ?? (config['current-context'] || (names.length === 1 ? names[0] : undefined));
  if (name === undefined) throw invalid(`The kubeconfig names no current context; it has ${list(names)}.`, 'Choose one of its contexts.');
  const found = config.contexts.find((context) => String(context['name']) === name);
  if (!found) throw invalid(`The kubeconfig has no context '${name}'; it has ${list(names)}.`, 'Choose one of its contexts.');
  const context = (found['context'] ?? {}) as { cluster?: string; user?: string; namespace?: string };
  return { name, cluster: context.cluster, user: context.user, namespace: context.namespace };
}

function entry(entries: readonly Settings[], key: string, name: string | undefined, where: string): Settings {
  const found = name === undefined ? undefined : entries.find((candidate) => String(candidate['name']) === name);
  if (!found) throw invalid(`The ${key} ${name === undefined ? '' : `'${name}' `}of ${where} is missing in the kubeconfig.`, `Add the ${key}, or choose another context.`);
  return (found[key] ?? {}) as Settings;
}

function refuse(settings: Settings, refused: Readonly<Record<string, string>>, where: string): void {
  for (const [key, remedy] of Object.entries(refused)) {
    const value = settings[key];
    if (value !== undefined && value !== null && value !== false && value !== '') throw invalid(`The kubeconfig uses '${key}' (${where}).`, remedy);
  }
}

function authenticationOf(user: Settings, name: string): ClusterTarget['authentication'] {
  const certificate = decoded(user, 'client-certificate-data');
  const key = decoded(user, 'client-key-data');
  if (certificate !== null && key !== null) return { type: 'client-certificate', certificate, key: new Secret(key) };
  if (typeof user['token'] === 'string' && user['token'] !== '') return { type: 'token', token: new Secret(user['token'].trim()) };
  throw invalid(`User '${name}' of the kubeconfig has neither a token nor a client certificate with its key.`, FLATTEN);
}

function decoded(settings: Settings, key: string): string | null {
  const value = settings[key];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/=\s]+$/.test(value)) throw invalid(`'${key}' of the kubeconfig is not base64.`, 'Paste the file as it is.');
  return Buffer.from(value, 'base64').toString('utf8');
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}

/** Never holds a value of the file other than names: it may be full of secrets. */
function invalid(message: string, remedy: string): Invalid {
  return new Invalid({ code: 'K8S-002', message, remedy, errors: [{ field: 'kubeconfig', message }] });
}

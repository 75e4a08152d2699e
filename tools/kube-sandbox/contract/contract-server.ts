import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { startKubernetes } from '../src/index.ts';

/** Where the contract is checked, in a form that can be handed to the test processes. */
export interface ContractServer {
  kind: 'sandbox' | 'real' | 'cluster';
  url: string;
  ca: string | undefined;
  serverName: string | undefined;
  token: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

export interface RunningServer {
  server: ContractServer;
  stop(): Promise<void>;
}

/** A cluster that HEDDLE_TEST_KUBECONFIG names, else real binaries of KUBEBUILDER_ASSETS, else the stand-in. */
export async function contractServer(environment: NodeJS.ProcessEnv): Promise<RunningServer> {
  const path = environment.HEDDLE_TEST_KUBECONFIG;
  if (path !== undefined && path !== '') return { server: readKubeconfig(path), stop: () => Promise.resolve() };
  const api = await startKubernetes({ assets: environment.KUBEBUILDER_ASSETS });
  const { kind, url, caPem, adminToken } = api;
  const server = { kind, url, ca: caPem, serverName: undefined, token: adminToken, cert: undefined, key: undefined };
  return { server, stop: () => api.close() };
}

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: { [key: string]: string | undefined } }[];
  users?: { name: string; user: { [key: string]: string | undefined } }[];
}

function readKubeconfig(path: string): ContractServer {
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (cluster?.server === undefined || user === undefined) throw new Error(`${path}: its current context has no cluster or no user`);
  if (user.exec !== undefined) throw new Error(`${path}: users with exec plugins are not supported; use a token or a certificate`);
  const pem = (holder: { [key: string]: string | undefined }, name: string): string | undefined => {
    const data = holder[`${name}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    const file = holder[name];
    return file === undefined ? undefined : readFileSync(resolve(dirname(path), file), 'utf8');
  };
  return {
    kind: 'cluster',
    url: cluster.server.replace(/\/$/, ''),
    ca: pem(cluster, 'certificate-authority'),
    serverName: cluster['tls-server-name'],
    token: user.token ?? (user.tokenFile === undefined ? undefined : readFileSync(user.tokenFile, 'utf8').trim()),
    cert: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
  };
}

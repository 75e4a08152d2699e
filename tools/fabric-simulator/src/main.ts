import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { accessFromKubeconfig } from './kube/kubeconfig.ts';
import type { KubeAccess } from './kube/kube-client.ts';
import { LeverServer } from './lever-server.ts';
import { startFabricSimulator } from './simulator.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' }, server: { type: 'string' }, ca: { type: 'string' }, token: { type: 'string' }, 'token-file': { type: 'string' },
    'agent-delay': { type: 'string' }, 'apply-delay': { type: 'string' }, heartbeat: { type: 'string' }, 'lever-port': { type: 'string' },
  },
});

function access(): KubeAccess {
  if (values.kubeconfig) return accessFromKubeconfig(values.kubeconfig);
  if (!values.server) throw new Error('name a cluster: --kubeconfig <file>, or --server <url> --ca <file> --token-file <file>');
  const token = values['token-file'] ? readFileSync(values['token-file'], 'utf8').trim() : values.token;
  return { server: values.server, caPem: values.ca && readFileSync(values.ca, 'utf8'), token };
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const delays = { agentDelayMs: number(values['agent-delay']), applyDelayMs: number(values['apply-delay']), heartbeatMs: number(values.heartbeat) };
const simulator = await startFabricSimulator({ ...access(), ...delays, onError: (error) => console.error(String(error)) });
const lever = await LeverServer.start(simulator, number(values['lever-port']));
console.log(JSON.stringify({ ready: true, lever: lever.url, installed: simulator.installed.length }));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void lever.close().then(() => simulator.close()).then(() => process.exit(0)));
}

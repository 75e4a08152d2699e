import { setTimeout as delay } from 'node:timers/promises';
import type { DemoFabric } from './demo-fabrics.ts';
import type { DemoRepository } from './demo-repository.ts';
import type { LocalState } from './local-state.ts';
import type { Progress } from './progress.ts';
import type { RestClient } from './rest-client.ts';

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

interface FabricView {
  id: string;
  name: string;
  sync: { state: string; reason: string; message: string };
  counts: { resources: number; converged: number; findings: number; switches: number; switchesReady: number };
  conditions: Condition[];
}

/** Polling is short, so that a push is seen at once where no provider calls a webhook. */
const pollSeconds = 5;
const convergedWithinMs = 180_000;

/**
 * Registers the demo's repository and fabrics, or brings their addresses up to date.
 * @returns the names of the fabrics that are new
 */
export async function registerDemo(rest: RestClient, repository: DemoRepository, fabrics: DemoFabric[], state: LocalState, progress: Progress): Promise<string[]> {
  await progress.step('repository', () => registerRepository(rest, repository, state), () => `network, ${repository.url}`);
  const fresh: string[] = [];
  for (const fabric of fabrics) {
    const { name } = fabric;
    const isNew = await progress.step(`fabric ${name}`, () => registerFabric(rest, fabric), (made) => (made ? 'registered' : 'known from before'));
    if (isNew) fresh.push(name);
    else progress.line(`  ${describe(await rest.call<FabricView>('GET', `/fabrics/${name}`))}`);
  }
  return fresh;
}

async function registerRepository(rest: RestClient, { url }: DemoRepository, state: LocalState): Promise<void> {
  const known = await rest.find<{ url: string }>('/repositories/network');
  const credentials = { type: 'token', token: state.gitToken };
  if (known === undefined) {
    await rest.call('POST', '/repositories', { name: 'network', url, credentials, pollSeconds });
  } else if (known.url !== url) {
    await rest.call('PATCH', '/repositories/network', { url, credentials });
  }
}

/** @returns whether it is new */
async function registerFabric(rest: RestClient, { name, api }: DemoFabric): Promise<boolean> {
  const cluster = { server: api.url, certificateAuthority: api.caPem, authentication: { type: 'token', token: api.adminToken } };
  const known = await rest.find<FabricView>(`/fabrics/${name}`);
  if (known === undefined) {
    await rest.call('POST', '/fabrics', {
      name, cluster,
      source: { repository: 'network', branch: 'main', directory: name },
      policy: { automaticSync: true, prune: true },
    });
    return true;
  }
  const { server } = await rest.call<{ server: string }>('GET', `/fabrics/${name}/cluster`);
  if (server !== api.url) await rest.call('PUT', `/fabrics/${name}/cluster`, cluster);
  return false;
}

/** Waits until the switches of these fabrics carry what Git says, with a line whenever something moved. */
export async function awaitConverged(rest: RestClient, fabrics: string[], progress: Progress, signal: AbortSignal): Promise<void> {
  await Promise.all(fabrics.map(async (name) => {
    await progress.step(`${name} is on its switches:`, () => converged(rest, name, progress, signal), ({ counts }) => `${counts.converged} objects`);
  }));
}

async function converged(rest: RestClient, name: string, progress: Progress, signal: AbortSignal): Promise<FabricView> {
  const deadline = performance.now() + convergedWithinMs;
  let last = '';
  for (;;) {
    const view = await rest.call<FabricView>('GET', `/fabrics/${name}`);
    const { counts } = view;
    const holds = (type: string): boolean => view.conditions.some((each) => each.type === type && each.status === 'True');
    if (holds('Synced') && holds('Converged') && counts.resources > 0) return view;
    const line = describe(view);
    if (line !== last) progress.line(`  ${(last = line)}`);
    if (performance.now() > deadline) throw new Error(`${name} did not converge within ${convergedWithinMs / 1000} s: ${explain(view)}`);
    await delay(500, undefined, { signal });
  }
}

function describe({ name, sync, counts }: FabricView): string {
  const findings = counts.findings > 0 ? `, ${counts.findings} findings` : '';
  return `${name}: ${sync.state}, ${counts.converged} of ${counts.resources} objects on ${counts.switchesReady} of ${counts.switches} switches${findings}`;
}

function explain({ conditions }: FabricView): string {
  return conditions.filter(({ status }) => status !== 'True').map(({ type, reason, message }) => `${type}: ${reason}, ${message}`).join('; ');
}

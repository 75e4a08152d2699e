import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doubledWrites } from './doubled-writes.ts';
import { Mesh } from './mesh.ts';
import { vpcDocument } from './vpc-document.ts';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await Mesh.start({ fabrics: ['mesh'], replicas: { fabric: 2, 'git-sync': 2, 'k8s-sync': 2 } });
  await mesh.converged('mesh');
}, 180_000);
afterAll(() => mesh?.stop());

describe('two replicas', () => {
  it.each(['k8s-sync', 'fabric', 'git-sync'] as const)('of %s apply nothing twice when one is killed', async (name) => {
    const round = ['k8s-sync', 'fabric', 'git-sync'].indexOf(name);
    const { api, kubectl } = mesh.fabric('mesh');
    api.setLatency(40);
    const since = api.requestLog.length;
    const files = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`mesh/tenants/r-${round * 15 + n}.yaml`, vpcDocument('mesh', `r-${round * 15 + n}`, round * 15 + n)]));
    const commit = await mesh.push(files, `Kill a ${name}`);
    await eventually(() => api.requestLog.slice(since).some((r) => r.resource === 'vpcs' && r.status === 201), { timeout: 30_000, interval: 5 });
    const [victim] = mesh.processes(name);
    await victim!.kill();
    mesh.services.splice(mesh.services.indexOf(victim!), 1);
    await mesh.converged('mesh', commit, 100_000);
    expect((await kubectl.list('VPC')).filter((one) => one.metadata.name.startsWith('r-'))).toHaveLength((round + 1) * 15);
    expect(doubledWrites(api.requestLog)).toEqual([]);
  });
});

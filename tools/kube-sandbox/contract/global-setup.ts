import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { ContractClient } from './contract-client.ts';
import { contractServer, type ContractServer } from './contract-server.ts';
import { gadgetCrd } from './gadget.ts';
import { eventually } from './eventually.ts';

/** What one run of the contract owns on the server: an API group and a namespace of its own. */
export interface ContractRun {
  server: ContractServer;
  group: string;
  namespace: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    contract: ContractRun;
  }
}

/** Starts or finds the server, makes the run's group and namespace, and removes both in the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await contractServer(process.env);
  const id = randomBytes(4).toString('hex');
  const run: ContractRun = { server, group: `contract-${id}.heddle.test`, namespace: `heddle-contract-${id}` };
  const client = new ContractClient(server);
  const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${run.group}`;
  process.stdout.write(`contract: ${server.kind} at ${server.url}, group ${run.group}, namespace ${run.namespace}\n`);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: run.namespace, labels: { 'heddle.test/contract': id } } };
  await client.expect(201, 'POST', '/api/v1/namespaces', namespace);
  await client.expect(201, 'POST', crd.slice(0, crd.lastIndexOf('/')), gadgetCrd(run.group, 'gadgets', 'Gadget'));
  const gadgets = `/apis/${run.group}/v1/namespaces/${run.namespace}/gadgets`;
  await eventually(async () => client.expect(200, 'GET', gadgets), 30_000);
  project.provide('contract', run);
  return async () => {
    await client.send('DELETE', crd);
    await client.send('DELETE', `/api/v1/namespaces/${run.namespace}`);
    await client.close();
    await stop();
  };
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import type { JsonObject, ObjectMeta } from '../src/kube-object.ts';
import { ContractClient } from './contract-client.ts';
import type { ContractRun } from './global-setup.ts';
import { normaliseRecording } from './normalise-recording.ts';

export interface ContractFixture extends ContractRun {
  client: ContractClient;
  /** The collection of gadgets in the run's namespace. */
  gadgets: string;
  at(name: string): string;
  gadget(name: string, spec?: JsonObject, metadata?: ObjectMeta): JsonObject;
  create(name: string, spec?: JsonObject, metadata?: ObjectMeta): Promise<JsonObject & { metadata: ObjectMeta }>;
}

/** The client and the names of a contract file. With HEDDLE_KUBE_RECORD set, its exchanges are written to that folder. */
export function contractFixture(file: string): ContractFixture {
  const run = inject('contract');
  const client = new ContractClient(run.server);
  const gadgets = `/apis/${run.group}/v1/namespaces/${run.namespace}/gadgets`;
  const gadget = (name: string, spec: JsonObject = { title: 'a gadget' }, metadata: ObjectMeta = {}): JsonObject => ({
    apiVersion: `${run.group}/v1`,
    kind: 'Gadget',
    metadata: { name, ...metadata },
    spec,
  });
  afterAll(async () => {
    const folder = process.env.HEDDLE_KUBE_RECORD;
    if (folder !== undefined && folder !== '') {
      mkdirSync(folder, { recursive: true });
      const lines = normaliseRecording(client.exchanges, run).map((exchange) => JSON.stringify(exchange));
      writeFileSync(join(folder, `${file}.${run.server.kind}.json`), `[\n${lines.join(',\n')}\n]\n`);
    }
    await client.close();
  });
  return {
    ...run,
    client,
    gadgets,
    gadget,
    at: (name) => `${gadgets}/${name}`,
    create: async (name, spec, metadata) => {
      const { body } = await client.expect(201, 'POST', gadgets, gadget(name, spec, metadata));
      return body as JsonObject & { metadata: ObjectMeta };
    },
  };
}

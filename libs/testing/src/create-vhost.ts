import { randomUUID } from 'node:crypto';
import { testRabbitmq } from './infrastructure/test-infrastructure.ts';
import { RabbitmqApi } from './rabbitmq-api.ts';

export interface TestVhost {
  name: string;
  amqpUrl: string;
  /** For looking at queues, closing connections and the like. */
  api: RabbitmqApi;
  delete(): Promise<void>;
}

/** A virtual host for one test file; call it in `beforeAll` and `delete()` in `afterAll`. */
export async function createVhost(): Promise<TestVhost> {
  const { amqpUrl, managementUrl } = await testRabbitmq();
  const api = new RabbitmqApi(managementUrl);
  const name = `test-${randomUUID()}`;
  await api.call('PUT', `/vhosts/${name}`);
  await api.call('PUT', `/permissions/${name}/${encodeURIComponent(api.user)}`, { configure: '.*', write: '.*', read: '.*' });
  const url = new URL(amqpUrl);
  url.pathname = `/${name}`;
  return {
    name,
    amqpUrl: url.href,
    api,
    delete: async () => {
      await api.call('DELETE', `/vhosts/${name}`);
    },
  };
}

import type { KubeClient } from '../kube/kube-client.ts';
import { isCode } from '../kube/kube-error.ts';
import { admittedKinds } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/kube-object.ts';

const name = 'fabric-simulator';
const group = '/apis/admissionregistration.k8s.io/v1';
const mutating = `${group}/mutatingwebhookconfigurations`;
const validating = `${group}/validatingwebhookconfigurations`;

/** Tells the API server to call the simulator; configurations of an earlier run are replaced. */
export async function registerWebhooks(client: KubeClient, url: string, caPem: string): Promise<void> {
  await write(client, mutating, configuration('MutatingWebhookConfiguration', 'mutate', url, caPem));
  await write(client, validating, configuration('ValidatingWebhookConfiguration', 'validate', url, caPem));
}

/** Without this every write would fail once the simulator is gone. */
export async function unregisterWebhooks(client: KubeClient): Promise<void> {
  for (const collection of [validating, mutating]) {
    try {
      await client.delete(`${collection}/${name}`);
    } catch (error) {
      if (!isCode(error, 404)) throw error;
    }
  }
}

function configuration(kind: string, verb: 'mutate' | 'validate', url: string, caPem: string): KubeObject & { webhooks: unknown[] } {
  const operations = verb === 'mutate' ? ['CREATE', 'UPDATE'] : ['CREATE', 'UPDATE', 'DELETE'];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: [{
      name: `${verb}.simulator.heddle.dev`,
      clientConfig: { url: `${url}/${verb}`, caBundle: Buffer.from(caPem).toString('base64') },
      rules: rules(operations),
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 10,
    }],
  };
}

function rules(operations: string[]): unknown[] {
  const groups = Map.groupBy(admittedKinds, (kind) => `${kind.group}/${kind.version}`);
  return [...groups.values()].map((kinds) => ({
    apiGroups: [kinds[0]!.group], apiVersions: [kinds[0]!.version], resources: kinds.map((kind) => kind.plural), operations,
  }));
}

async function write(client: KubeClient, collection: string, object: KubeObject): Promise<void> {
  try {
    await client.create(collection, object);
  } catch (error) {
    if (!isCode(error, 409)) throw error;
    const { metadata } = await client.get(`${collection}/${name}`);
    await client.replace(`${collection}/${name}`, { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } });
  }
}

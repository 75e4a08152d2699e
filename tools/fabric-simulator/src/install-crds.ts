import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { KubeClient } from './kube/kube-client.ts';
import { isCode } from './kube/kube-error.ts';
import type { Body, KubeObject } from './kube/kube-object.ts';

const collection = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const pollMs = 50;
const establishedWithinMs = 30_000;

/** The CRDs of all Hedgehog kinds, as in the crds folder. */
export function fabricCrds(): KubeObject[] {
  const folder = fileURLToPath(new URL('../crds', import.meta.url));
  return readdirSync(folder).filter((file) => file.endsWith('.yaml')).sort()
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as KubeObject);
}

/** Creates or replaces the CRDs and waits until each is served; throws when one is not after 30 s. */
export async function installCrds(client: KubeClient): Promise<void> {
  await Promise.all(fabricCrds().map(async (crd) => {
    await write(client, crd);
    await waitServed(client, crd);
  }));
}

async function write(client: KubeClient, crd: KubeObject): Promise<void> {
  const path = `${collection}/${crd.metadata.name}`;
  for (;;) {
    try {
      await client.create(collection, crd);
      return;
    } catch (error) {
      if (!isCode(error, 409)) throw error;
    }
    try {
      const { metadata: { resourceVersion } } = await client.get(path);
      await client.replace(path, { ...crd, metadata: { ...crd.metadata, resourceVersion } });
      return;
    } catch (error) {
      if (!isCode(error, 404) && !isCode(error, 409)) throw error; // changed meanwhile: look again
    }
  }
}

async function waitServed(client: KubeClient, crd: KubeObject): Promise<void> {
  const deadline = Date.now() + establishedWithinMs;
  const { group, names, versions } = crd.spec as Body;
  const path = `/apis/${group}/${versions[0].name}/namespaces/default/${names.plural}?limit=1`;
  for (;;) {
    const found = await client.get(`${collection}/${crd.metadata.name}`);
    const established = (found.status?.conditions as Body[] | undefined)?.some(({ type, status }) => type === 'Established' && status === 'True');
    if (established && (await isServed(client, path))) return;
    if (Date.now() > deadline) throw new Error(`CRD ${crd.metadata.name} was not served within ${establishedWithinMs / 1000} s`);
    await delay(pollMs);
  }
}

/** Established comes a moment before the path does: until then it answers 404 and 429. */
async function isServed(client: KubeClient, path: string): Promise<boolean> {
  try {
    await client.get(path);
    return true;
  } catch (error) {
    if (isCode(error, 404)) return false;
    throw error;
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { contractFixture } from './contract-fixture.ts';
import { gadgetCrd } from './gadget.ts';

const { client, group, namespace } = contractFixture('fresh-crd');
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

describe('a fresh CRD', () => {
  it('is served to a client that follows Retry-After', async () => {
    await client.expect(201, 'POST', CRDS, gadgetCrd(group, 'gizmos', 'Gizmo'));
    const statuses: number[] = [];
    for (const deadline = Date.now() + 30_000; Date.now() < deadline && statuses.at(-1) !== 200; ) {
      const { status, headers, body } = await client.send('GET', `/apis/${group}/v1/namespaces/${namespace}/gizmos`);
      statuses.push(status);
      // How long each answer lasts, and whether it is met at all, is a matter of timing.
      expect([404, 429, 200]).toContain(status);
      if (status === 429) {
        expect(body.reason).toBe('TooManyRequests');
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      }
      if (status !== 200) await wait(status === 429 ? Number(headers['retry-after']) * 1000 : 20);
    }
    expect(statuses.at(-1)).toBe(200);
    await client.expect(200, 'DELETE', `${CRDS}/gizmos.${group}`);
  });

  it('is refused when its name does not fit', async () => {
    const crd = { ...gadgetCrd(group, 'gizmos', 'Gizmo'), metadata: { name: `others.${group}` } };
    const { status, body } = await client.send('POST', CRDS, crd);
    expect(status).toBe(422);
    expect((body.details as { causes: { field: string }[] }).causes[0]?.field).toBe('metadata.name');
  });
});

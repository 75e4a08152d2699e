import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkReferences } from '../src/check-references.ts';
import { MANAGED_KINDS } from '../src/kinds/kinds.ts';
import { normalise } from '../src/normalise.ts';
import { orderSteps, rankOf } from '../src/order-steps.ts';
import type { StepToOrder } from '../src/order-steps.ts';
import { referencesOf } from '../src/references-of.ts';
import type { JsonObject, NormalisedObject } from '../src/resource-object.ts';
import { anyObject } from './generated-objects.ts';
import { apiVersionOf } from '../src/kind-descriptor.ts';

function object(kind: string, name: string, spec: JsonObject = {}): NormalisedObject {
  const descriptor = MANAGED_KINDS.find((candidate) => candidate.kind === kind)!;
  return normalise({ apiVersion: apiVersionOf(descriptor), kind, metadata: { name }, spec });
}

const step = (wanted: NormalisedObject | undefined, current?: NormalisedObject): StepToOrder => {
  const { kind, metadata } = (wanted ?? current)!;
  return { id: `${kind}/${metadata.name}`, kind, name: metadata.name, ...(wanted ? { wanted } : {}), ...(current ? { current } : {}) };
};
const vpc = (name: string, relayVPC?: string, vlan = 1001): NormalisedObject =>
  object('VPC', name, { subnets: { default: { subnet: `10.${vlan >> 8}.${vlan & 255}.0/24`, vlan, ...(relayVPC ? { dhcp: { relay: '10.9.0.1/32', relayVPC } } : {}) } } });
const attachment = object('VPCAttachment', 'a-1', { subnet: 'vpc-1/default', connection: 'c-1' });
const cable = object('Connection', 'c-1', { unbundled: { link: { server: { port: 's-1/e1' }, switch: { port: 'leaf-1/E1/1' } } } });
const wiring = [object('IPv4Namespace', 'default'), object('VLANNamespace', 'default'), object('Server', 's-1'), object('Switch', 'leaf-1')];

describe('orderSteps', () => {
  it('makes what is named before what names it', () => {
    const all = [attachment, cable, vpc('vpc-1'), ...wiring];
    const { steps, cyclic } = orderSteps(all.map((wanted) => step(wanted)));
    expect(cyclic).toEqual([]);
    expect(steps.find(({ id }) => id === 'VPCAttachment/a-1')?.after).toEqual(['Connection/c-1', 'VPC/vpc-1']);
    expect(steps.find(({ id }) => id === 'Connection/c-1')?.after).toEqual(['Server/s-1', 'Switch/leaf-1']);
    expect(steps.at(-1)?.id).toBe('VPCAttachment/a-1');
  });

  it('deletes in reverse', () => {
    const { steps } = orderSteps([vpc('vpc-1'), attachment, cable].map((current) => step(undefined, current)));
    expect(steps[0]).toEqual({ id: 'VPCAttachment/a-1', after: [] });
    expect(steps.find(({ id }) => id === 'VPC/vpc-1')?.after).toEqual(['VPCAttachment/a-1']);
  });

  it('deletes after the change that lets go', () => {
    const moved = object('VPCAttachment', 'a-1', { subnet: 'vpc-2/default', connection: 'c-1' });
    const { steps } = orderSteps([step(undefined, vpc('vpc-1')), step(moved, attachment), step(vpc('vpc-2', undefined, 7))]);
    expect(steps.map(({ id }) => id)).toEqual(['VPC/vpc-2', 'VPCAttachment/a-1', 'VPC/vpc-1']);
  });

  it('takes a VLAN after the step that gives it up', () => {
    const { steps } = orderSteps([step(vpc('vpc-2')), step(undefined, vpc('vpc-1'))]);
    expect(steps.map(({ id }) => id)).toEqual(['VPC/vpc-1', 'VPC/vpc-2']);
  });

  it('makes a relay VPC first', () => {
    const { steps } = orderSteps([step(vpc('a', 'b', 1)), step(vpc('b', undefined, 2))]);
    expect(steps.map(({ id }) => id)).toEqual(['VPC/b', 'VPC/a']);
  });

  it('reports a cycle and orders the rest', () => {
    const { steps, cyclic, findings } = orderSteps([step(vpc('a', 'b', 1)), step(vpc('b', 'a', 2)), step(object('Server', 's'))]);
    expect(steps.map(({ id }) => id)).toEqual(['Server/s']);
    expect(cyclic).toEqual(['VPC/a', 'VPC/b']);
    expect(findings).toMatchObject([{ rule: 'order-cycle', severity: 'error', message: expect.stringContaining('VPC a, VPC b') as string }]);
  });

  it('names an object of a cycle that is made again once', () => {
    // The delete waits until b lets go of a, which it does for c, which waits for a to be made again.
    const { cyclic, findings } = orderSteps([
      { id: 'delete a', kind: 'VPC', name: 'a', current: vpc('a', undefined, 1) }, { id: 'create a', kind: 'VPC', name: 'a', wanted: vpc('a', undefined, 1) },
      { id: 'write b', kind: 'VPC', name: 'b', current: vpc('b', 'a', 2), wanted: vpc('b', 'c', 2) }, { id: 'create c', kind: 'VPC', name: 'c', wanted: vpc('c', 'a', 3) },
    ]);
    expect(cyclic).toHaveLength(4);
    expect(findings[0]?.message.match(/VPC a/g)).toHaveLength(1);
  });

  it('gives one order whatever the order given', () => {
    const all = [attachment, cable, vpc('vpc-1'), ...wiring].map((wanted) => step(wanted));
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(orderSteps(shuffled)).toEqual(orderSteps(all));
      }),
    );
  });

  it('orders a thousand VPCs in well under a second', () => {
    const many = Array.from({ length: 1000 }, (_, index) => step(vpc(`v-${index}`, undefined, index + 1)));
    const start = performance.now();
    expect(orderSteps([...many, ...wiring.map((wanted) => step(wanted))]).steps).toHaveLength(1004);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

it('kinds only name kinds of an earlier or their own place', () => {
  fc.assert(
    fc.property(anyObject, (raw) => {
      for (const reference of referencesOf(normalise(raw))) {
        if (reference.toKind === 'SwitchProfile' || reference.field.endsWith('withinVPC')) continue;
        expect(rankOf(reference.toKind) <= rankOf(raw.kind), `${raw.kind} ${reference.field}`).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

describe('checkReferences', () => {
  it('names each missing object once', () => {
    const peering = object('VPCPeering', 'p', { permit: [{ 'vpc-1': { subnets: ['a'] }, 'vpc-2': {} }] });
    expect(checkReferences(peering, (_kind, name) => name === 'vpc-2')).toMatchObject([
      { rule: 'reference-missing', field: 'spec.permit[0].vpc-1', message: 'VPC vpc-1 does not exist', kind: 'VPCPeering', name: 'p' },
    ]);
  });

  it('names a missing subnet', () => {
    const exists = (_kind: string, _name: string, part?: string): boolean => part === undefined;
    expect(checkReferences(attachment, exists)).toMatchObject([{ rule: 'reference-part-missing', field: 'spec.subnet', message: 'VPC vpc-1 has no subnet default' }]);
  });

  it('says nothing of what is not known', () => {
    expect(checkReferences(attachment, () => undefined)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiVersionOf } from '../src/kind-descriptor.ts';
import { descriptorOf } from '../src/kinds/kinds.ts';
import { normalise } from '../src/normalise.ts';
import { orderSteps, type StepToOrder } from '../src/order-steps.ts';
import { referencesOf } from '../src/references-of.ts';
import type { JsonObject, NormalisedObject } from '../src/resource-object.ts';

const object = (kind: string, name: string, spec: JsonObject): NormalisedObject => normalise({ apiVersion: apiVersionOf(descriptorOf(kind)!), kind, metadata: { name }, spec });

/** VPCs that relay to any other: the one kind whose references can make a circle. Peerings and attachments name them. */
const vpcNames = ['v1', 'v2', 'v3', 'v4', 'v5'];
const vpc = (name: string) => fc.record({ relayVPC: fc.option(fc.constantFrom(...vpcNames)), vlan: fc.integer({ min: 1, max: 4 }) }).map(({ relayVPC, vlan }) =>
  object('VPC', name, { subnets: { default: { subnet: `10.0.${vlan}.0/24`, vlan, ...(relayVPC && relayVPC !== name ? { dhcp: { relay: '10.9.0.1/32', relayVPC } } : {}) } } }));
const peering = (name: string) => fc.tuple(fc.constantFrom(...vpcNames), fc.constantFrom(...vpcNames)).map(([left, right]) => object('VPCPeering', name, { permit: [{ [left]: {}, [right]: {} }] }));
const stepsOf = (name: string, kind: string, body: (name: string) => fc.Arbitrary<NormalisedObject>): fc.Arbitrary<StepToOrder[]> =>
  fc.record({ wanted: fc.option(body(name)), current: fc.option(body(name)), again: fc.boolean() }).map(({ wanted, current, again }) => {
    if (!wanted && !current) return [];
    if (wanted && current && again) return [{ id: `delete/${kind}/${name}`, kind, name, current }, { id: `create/${kind}/${name}`, kind, name, wanted }];
    return [{ id: `write/${kind}/${name}`, kind, name, ...(wanted && { wanted }), ...(current && { current }) }];
  });
const graph = fc.tuple(...vpcNames.map((name) => stepsOf(name, 'VPC', vpc)), ...['p1', 'p2', 'p3'].map((name) => stepsOf(name, 'VPCPeering', peering))).map((all) => all.flat());

describe('orderSteps, for any graph', () => {
  it('loses no step and has none twice', () => {
    fc.assert(fc.property(graph, (given) => {
      const { steps, cyclic, blocked } = orderSteps(given);
      expect([...steps.map(({ id }) => id), ...cyclic, ...blocked.map(({ id }) => id)].toSorted()).toEqual(given.map(({ id }) => id).toSorted());
    }), { numRuns: 500 });
  });

  it('makes after what is named, deletes before it, makes again after the delete', () => {
    fc.assert(fc.property(graph, (given) => {
      const order = orderSteps(given);
      const place = new Map(order.steps.map(({ id }, at) => [id, at]));
      const placed = given.filter(({ id }) => place.has(id));
      const of = (kind: string, name: string) => placed.filter((step) => step.kind === kind && step.name === name);
      for (const step of placed) {
        const at = place.get(step.id)!;
        for (const { toKind, toName } of step.wanted ? referencesOf(step.wanted) : []) for (const target of of(toKind, toName)) if (target.wanted && target !== step) expect(place.get(target.id)).toBeLessThan(at);
        if (!step.wanted && step.current) for (const { toKind, toName } of referencesOf(step.current)) for (const target of of(toKind, toName)) if (!target.wanted && target !== step) expect(place.get(target.id)).toBeGreaterThan(at);
        if (!step.current) for (const other of of(step.kind, step.name)) if (other !== step) expect(place.get(other.id)).toBeLessThan(at);
        expect(order.steps[at]!.after.every((id) => place.get(id)! < at)).toBe(true);
      }
    }), { numRuns: 500 });
  });

  it('keeps back the members of a cycle by name, what waits for one, and nothing else', () => {
    fc.assert(fc.property(graph, (given) => {
      const { steps, cyclic, blocked, findings } = orderSteps(given);
      const kept = new Set([...cyclic, ...blocked.map(({ id }) => id)]);
      for (const { by } of blocked) expect(kept.has(by)).toBe(true);
      for (const { after } of steps) expect(after.some((id) => kept.has(id))).toBe(false);
      expect(findings.length).toBe(cyclic.length > 0 ? 1 : 0);
      if (cyclic.length === 0) expect(blocked).toEqual([]);
      // Without them the rest is ordered whole: nothing was kept back beside.
      expect(orderSteps(given.filter(({ id }) => !kept.has(id)))).toMatchObject({ cyclic: [], blocked: [] });
      for (const id of cyclic) expect(findings[0]!.message).toContain(id.split('/').slice(1).join(' '));
    }), { numRuns: 500 });
  });
});

import { describe, expect, it } from 'vitest';
import { agentView, carries, concernedSwitches, convergenceOf, copiesIn, lookupOf, normalise, specHash } from '../src/index.ts';
import type { AgentView, JsonObject, NormalisedObject } from '../src/index.ts';
import { fieldData } from './field-data.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

const object = (apiVersion: string, kind: string, name: string, spec: JsonObject): NormalisedObject => normalise({ apiVersion, kind, metadata: { name }, spec });
const VPC = 'vpc.githedgehog.com/v1beta1';
const WIRING = 'wiring.githedgehog.com/v1beta1';
const vpcSpec = { subnets: { default: { subnet: '10.0.1.0/24', vlan: 1001 } } };
const vpc = object(VPC, 'VPC', 'vpc-1', vpcSpec);
const cable = object(WIRING, 'Connection', 'c-1', { unbundled: { link: { server: { port: 's-1/e1' }, switch: { port: 'leaf-1/E1/1' } } } });
const attachment = object(VPC, 'VPCAttachment', 'a-1', { subnet: 'vpc-1', connection: 'c-1' });
const lookup = lookupOf([vpc, cable, attachment]);

const agent = (name: string, given: { generation?: number; applied?: number; attempted?: number; heartbeat?: number; attempt?: number; vpcs?: JsonObject } = {}): AgentView =>
  agentView('Agent', name, given.generation ?? 5, {
    spec: { vpcs: given.vpcs ?? { 'vpc-1': { ...vpcSpec, ipv4Namespace: 'default', vlanNamespace: 'default' } } },
    status: {
      lastAppliedGen: given.applied ?? 5,
      lastAttemptGen: given.attempted ?? 5,
      lastAttemptTime: ago(given.attempt ?? 10),
      lastAppliedTime: ago(20),
      lastHeartbeat: ago(given.heartbeat ?? 5),
    },
  });

const ask = (agents: AgentView[], more: { deleted?: boolean; concerned?: string[]; carriedSince?: Map<string, number>; object?: NormalisedObject } = {}) =>
  convergenceOf({ object: vpc, concerned: concernedSwitches(vpc, lookup), agents, now: NOW, ...more });

describe('concernedSwitches', () => {
  it('follows a VPC over its attachments', () => expect(concernedSwitches(vpc, lookup)).toEqual(['leaf-1']));
  it('finds the switch of an attachment', () => expect(concernedSwitches(attachment, lookup)).toEqual(['leaf-1']));
  it('names no switch for an unattached VPC', () => expect(concernedSwitches(vpc, lookupOf([vpc]))).toEqual([]));
});

describe('copiesIn', () => {
  it('hashes a copy to the same as its object', () => {
    expect(copiesIn(agent('leaf-1'))).toEqual([{ kind: 'VPC', name: 'vpc-1', specHash: specHash(vpc) }]);
    const older = { 'vpc-1': { subnets: { default: { subnet: '10.0.1.0/24', vlan: 7 } } } };
    expect(copiesIn(agent('leaf-1', { vpcs: older }))[0]?.specHash).not.toBe(specHash(vpc));
  });

  it("takes an agent's own switch from its single place", () => {
    const device = object(WIRING, 'Switch', 'leaf-1', { role: 'spine', asn: 65100 });
    const view = agentView('Agent', 'leaf-1', 1, { spec: { switch: { role: 'spine', asn: 65100, ecmp: {}, vlanNamespaces: ['default'] } } });
    expect(copiesIn(view)).toEqual([{ kind: 'Switch', name: 'leaf-1', specHash: specHash(device) }]);
  });
});

describe('convergenceOf', () => {
  it('holds when the agent carries and applied the copy', () => {
    expect(ask([agent('leaf-1')])).toMatchObject({ state: 'converged', reason: 'OnAllSwitches', waitingFor: [], since: new Date(ago(20)) });
  });

  it('waits for the controller although all generations agree', () => {
    expect(ask([agent('leaf-1', { vpcs: {} })])).toMatchObject({ state: 'pending', reason: 'WaitingForController', waitingFor: ['leaf-1'] });
  });

  it('waits for a switch that is told and has not applied', () => {
    expect(ask([agent('leaf-1', { generation: 6 })])).toMatchObject({ state: 'pending', reason: 'WaitingForSwitch', waitingFor: ['leaf-1'] });
  });

  it('counts an applied earlier generation that carried it', () => {
    expect(ask([agent('leaf-1', { generation: 6 })], { carriedSince: new Map([['leaf-1', 4]]) }).state).toBe('converged');
  });

  it('fails when a switch tried long ago', () => {
    expect(ask([agent('leaf-1', { generation: 6, attempted: 6, attempt: 400 })])).toMatchObject({ state: 'failed', reason: 'ApplyFailed' });
    expect(ask([agent('leaf-1', { generation: 6, attempted: 6, attempt: 30 })]).state).toBe('pending');
  });

  it('says unknown without a heartbeat or an agent', () => {
    expect(ask([agent('leaf-1', { heartbeat: 61 })])).toMatchObject({ state: 'unknown', reason: 'HeartbeatStale', waitingFor: ['leaf-1'] });
    expect(ask([])).toMatchObject({ state: 'unknown', reason: 'AgentMissing', waitingFor: ['leaf-1'] });
  });

  it('says that an unattached VPC is on no switch', () => {
    expect(ask([agent('leaf-9', { vpcs: {} })], { concerned: [] })).toMatchObject({ state: 'converged', reason: 'NotOnAnySwitch' });
  });

  it('waits for any switch that carries another copy', () => {
    const older = { 'vpc-1': { subnets: { default: { subnet: '10.0.1.0/24', vlan: 7 } } } };
    expect(ask([agent('leaf-1'), agent('leaf-2', { vpcs: older })])).toMatchObject({ state: 'pending', waitingFor: ['leaf-2'] });
  });

  it('waits after a delete until no agent carries it', () => {
    expect(ask([agent('leaf-1')], { deleted: true })).toMatchObject({ state: 'pending', reason: 'WaitingForController', waitingFor: ['leaf-1'] });
    expect(ask([agent('leaf-1', { vpcs: {}, generation: 6 })], { deleted: true })).toMatchObject({ state: 'pending', reason: 'WaitingForSwitch' });
    expect(ask([agent('leaf-1', { vpcs: {} })], { deleted: true })).toMatchObject({ state: 'converged', reason: 'GoneFromAllSwitches' });
  });

  it('never calls a kind without copies healthy', () => {
    const server = object(WIRING, 'Server', 's-1', {});
    expect(ask([agent('leaf-1')], { object: server, concerned: [] })).toMatchObject({ state: 'unknown', reason: 'NotCarriedByAgents' });
  });

  it('says unknown when what is named is missing', () => {
    expect(ask([agent('leaf-1')], { object: attachment, concerned: [] })).toMatchObject({ state: 'unknown', reason: 'SwitchesUnknown' });
  });
});

if (fieldData.present) {
  describe('real agents carry the objects of their fabric', () => {
    const sets = [
      ['wiring-spineleaf-eslag-hydrated.yaml', ['reg-leaf-3', 'reg-leaf-4', 'reg-spine-1']],
      ['wiring-spineleaf-l3vni-hydrated.yaml', ['l3vni-leaf-01', 'l3vni-leaf-02', 'l3vni-spine-01']],
    ] as const;
    for (const [wiring, files] of sets) {
      it(wiring, () => {
        const objects = fieldData.documents(`examples/${wiring}`).map((document) => normalise(document as never));
        const all = lookupOf(objects);
        const agents = files.map((file) => {
          const { metadata, spec, status } = fieldData.document(`agents/${file}.in.agent.yaml`) as { metadata: { name: string; generation: number }; spec: JsonObject; status: JsonObject };
          return agentView('Agent', metadata.name, metadata.generation, { spec, status });
        });
        const checked = objects.flatMap((one) =>
          concernedSwitches(one, all).flatMap((name) => agents.filter((candidate) => candidate.name === name).map((candidate) => [one.kind, one.metadata.name, name, carries(candidate, one)] as const)),
        );
        expect(checked.length).toBeGreaterThan(20);
        expect(new Set(checked.map(([kind]) => kind))).toContain('VPCPeering');
        expect(checked.filter(([, , , carried]) => carried !== 'yes')).toEqual([]);
      });
    }
  });
}

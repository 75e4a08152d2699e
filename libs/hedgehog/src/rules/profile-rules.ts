import { fieldPath } from '../field-path.ts';
import { connectionEnds, connectionSwitches, connectionTypes } from '../kinds/connection-ends.ts';
import type { Lookup } from '../lookup.ts';
import { parseDevicePort } from '../net/device-port.ts';
import type { Json, JsonObject, NormalisedObject } from '../resource-object.ts';
import { objectAt, textAt } from '../spec-reader.ts';
import { exceededPortLimits, portFault, portModelOf } from '../switch-ports.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample } from './rule.ts';

const leaf = { role: 'server-leaf', profile: 'model', asn: 65101, ip: '172.30.0.8/21', protocolIP: '172.30.8.2/32', vtepIP: '172.30.12.0/32', vlanNamespaces: ['default'] };
/** A model with two ports in a group, one that breaks out, and one for management. */
const model = {
  kind: 'SwitchProfile',
  name: 'model',
  spec: {
    features: { l3vni: true, roce: true },
    maxPorts: 6,
    pipelines: { a: { maxPorts: 4 } },
    portGroups: { 1: { nos: '1', profile: 'SFP' } },
    portProfiles: {
      SFP: { speed: { default: '25G', supported: ['10G', '25G'] } },
      QSFP: { autoNegAllowed: true, breakout: { default: '1x100G', supported: { '1x100G': { offsets: ['0'] }, '4x25G': { offsets: ['0', '1', '2', '3'] } } } },
      RJ45: { speed: { default: '1G', supported: ['1G'] } },
    },
    ports: { M1: { management: true }, 'E1/1': { group: '1' }, 'E1/2': { group: '1' }, 'E1/3': { profile: 'QSFP', pipeline: 'a' }, 'E1/4': { profile: 'RJ45' } },
  },
};
const example = (change: JsonObject, profile: JsonObject = {}): RuleExample => ({ kind: 'Switch', name: 'leaf-1', spec: { ...leaf, ...change }, beside: [{ ...model, spec: { ...model.spec, ...profile } }] });
const cable = (port: string, breakouts: JsonObject = {}): RuleExample => ({
  kind: 'Connection',
  name: 'c-1',
  spec: { unbundled: { link: { server: { port: 's-1/e1' }, switch: { port: `leaf-1/${port}` } } } },
  beside: [model, { kind: 'Switch', name: 'leaf-1', spec: { ...leaf, portBreakouts: breakouts } }],
});
const attached = (vpc: JsonObject, features: JsonObject): RuleExample => ({
  kind: 'VPCAttachment',
  spec: { subnet: 'vpc-1/default', connection: 'c-1' },
  beside: [
    { kind: 'VPC', name: 'vpc-1', spec: { subnets: { default: { subnet: '10.0.1.0/24', vlan: 1001 } }, ...vpc } },
    { kind: 'Connection', name: 'c-1', spec: { unbundled: { link: { server: { port: 's-1/e1' }, switch: { port: 'leaf-1/E1/4' } } } } },
    { kind: 'Switch', name: 'leaf-1', spec: leaf },
    { ...model, spec: { ...model.spec, features } },
  ],
});

/** Rules on what a switch model can do. Where the profile is not known, they say nothing. */
export const profileRules: readonly Rule[] = [
  {
    id: 'switch-profile-speed',
    kinds: ['Switch'],
    severity: 'error',
    needsLookup: true,
    text: 'Speeds are set on port groups and on ports by themselves that the profile has, to values that it supports',
    remedy: 'Use a speed that the switch profile lists; ports in a group take the speed of the group',
    check: (device, { lookup }) => {
      const profile = profileOf(device, lookup);
      if (!profile) return [];
      const groups = settings(device, 'portGroupSpeeds').flatMap(([group, speed]) => {
        const port = textAt(profile, 'portGroups', group, 'profile');
        const speeds = objectAt(profile, 'portProfiles', port ?? '', 'speed')?.supported;
        const fits = Array.isArray(speeds) && speeds.includes(speed);
        return hitIf(!fits, fieldPath('spec', 'portGroupSpeeds', group), port === undefined ? `The profile has no port group ${group}` : `Port group ${group} does not run at ${text(speed)}`);
      });
      const ports = settings(device, 'portSpeeds').flatMap(([port, speed]) => {
        const found = portModelOf(profile, port);
        const field = fieldPath('spec', 'portSpeeds', port);
        if (!found) return [{ field, message: `The profile has no port ${port}` }];
        if (found.group !== undefined) return [{ field, message: `Port ${port} runs at the speed of its group ${found.group}`, remedy: `Set portGroupSpeeds.${found.group} instead` }];
        return hitIf(!found.speeds.includes(text(speed)), field, `Port ${port} does not run at ${text(speed)}`);
      });
      return [...groups, ...ports];
    },
    good: [example({ portGroupSpeeds: { 1: '10G' }, portSpeeds: { 'E1/4': '1G' } }), { kind: 'Switch', spec: { ...leaf, portSpeeds: { 'E1/4': '9G' } } }],
    bad: [
      example({ portGroupSpeeds: { 1: '40G' } }),
      example({ portGroupSpeeds: { 7: '10G' } }),
      example({ portSpeeds: { 'E1/1': '10G' } }),
      example({ portSpeeds: { 'E1/4': '10G' } }),
      example({ portSpeeds: { 'E1/9': '10G' } }),
      example({ portSpeeds: { 'E1/3': '100G' } }),
    ],
  },
  {
    id: 'switch-profile-breakout',
    kinds: ['Switch'],
    severity: 'error',
    needsLookup: true,
    text: 'Ports are broken out into modes that the profile supports',
    remedy: 'Use a breakout mode that the switch profile lists for the port',
    check: (device, { lookup }) => {
      const profile = profileOf(device, lookup);
      return settings(device, 'portBreakouts').flatMap(([port, mode]) => {
        const found = profile && portModelOf(profile, port);
        return hitIf(profile !== undefined && !found?.breakouts.has(text(mode)), fieldPath('spec', 'portBreakouts', port), found ? `Port ${port} does not break out to ${text(mode)}` : `The profile has no port ${port}`);
      });
    },
    good: [example({ portBreakouts: { 'E1/3': '4x25G' } }, { maxPorts: 16, pipelines: {} })],
    bad: [example({ portBreakouts: { 'E1/3': '2x50G' } }), example({ portBreakouts: { 'E1/1': '4x25G' } }), example({ portBreakouts: { 'E1/9': '4x25G' } })],
  },
  {
    id: 'switch-profile-line',
    kinds: ['Switch'],
    severity: 'error',
    needsLookup: true,
    text: 'Auto-negotiation is set on ports that allow it, error correction on ports that exist',
    remedy: 'Remove the setting, or set it on another port',
    check: (device, { lookup }) => {
      const profile = profileOf(device, lookup);
      if (!profile) return [];
      const negotiation = settings(device, 'portAutoNegs').flatMap(([port]) =>
        hitIf(portModelOf(profile, port)?.autoNegAllowed !== true, fieldPath('spec', 'portAutoNegs', port), `Port ${port} does not allow auto-negotiation to be set`));
      const correction = settings(device, 'portFECs').flatMap(([port]) =>
        hitIf(portModelOf(profile, port)?.management !== false, fieldPath('spec', 'portFECs', port), `The profile has no data port ${port}`));
      return [...negotiation, ...correction];
    },
    good: [example({ portAutoNegs: { 'E1/3': true }, portFECs: { 'E1/1': 'rs' } })],
    bad: [example({ portAutoNegs: { 'E1/4': true } }), example({ portFECs: { 'E1/9': 'rs' } })],
  },
  {
    id: 'switch-profile-ports',
    kinds: ['Switch'],
    severity: 'error',
    needsLookup: true,
    text: 'With its breakouts counted, a switch has no more ports than the model allows, in all and in each pipeline',
    remedy: 'Break out fewer ports',
    check: (device, { lookup }) => {
      const profile = profileOf(device, lookup);
      return (profile ? exceededPortLimits(device.spec, profile) : []).map(({ pipeline, ports, most }) => ({
        field: 'spec.portBreakouts', message: `There are ${ports} ports${pipeline === undefined ? '' : ` in pipeline ${pipeline}`}, the model allows ${most}`,
      }));
    },
    good: [example({}), example({ portBreakouts: { 'E1/3': '1x100G' } })],
    bad: [example({ portBreakouts: { 'E1/3': '4x25G' } }), example({ portBreakouts: { 'E1/3': '4x25G' } }, { maxPorts: 100, pipelines: { a: { maxPorts: 3 } } })],
  },
  {
    id: 'switch-profile-features',
    kinds: ['Switch'],
    severity: 'error',
    needsLookup: true,
    text: 'RoCE, hashing on RoCE queue pairs and ESLAG stand on models that can do it',
    remedy: 'Turn it off, or use another switch model',
    check: (device, { lookup }) => {
      const profile = profileOf(device, lookup);
      if (!profile) return [];
      const has = (feature: string): boolean => objectAt(profile, 'features')?.[feature] === true;
      return [
        ...hitIf(device.spec.roce === true && !has('roce'), 'spec.roce', 'The model does not support RoCE'),
        ...hitIf(objectAt(device.spec, 'ecmp')?.roceQPN === true && !has('ecmpRoCEQPN'), 'spec.ecmp.roceQPN', 'The model does not hash on RoCE queue pairs'),
        ...hitIf(textAt(device.spec, 'redundancy', 'type') === 'eslag' && !has('eslag'), 'spec.redundancy.type', 'The model does not support ESLAG'),
      ];
    },
    good: [example({ roce: true })],
    bad: [example({ roce: true }, { features: {} }), example({ ecmp: { roceQPN: true } }), example({ redundancy: { group: 'g', type: 'eslag' } })],
  },
  {
    id: 'connection-profile-port',
    kinds: ['Connection'],
    severity: 'error',
    needsLookup: true,
    text: 'Each switch port of a connection is one that the model has, with the breakout that the switch sets',
    remedy: 'Use another port, or break the port out on the switch first',
    check: ({ spec }, { lookup }) =>
      connectionEnds(spec).flatMap((end) => {
        const named = end.deviceKind === 'Switch' ? parseDevicePort(end.port) : undefined;
        const device = named && lookup?.get('Switch', named.device);
        const profile = device && profileOf(device, lookup);
        const fault = profile && portFault(named.port, device.spec, profile);
        return hitIf(fault !== undefined, end.field, `Switch ${named?.device} has no port ${named?.port}: ${fault}`);
      }),
    good: [cable('E1/1'), cable('E1/3'), cable('E1/3/1'), cable('E1/3/4', { 'E1/3': '4x25G' })],
    bad: [cable('E1/9'), cable('E1/3/2'), cable('E1/3/5', { 'E1/3': '4x25G' })],
  },
  {
    id: 'attachment-profile-features',
    kinds: ['VPCAttachment'],
    severity: 'error',
    needsLookup: true,
    text: 'The switches of the connection can carry the mode of the VPC: L2VNI needs l2vni and l3vni, l3vni needs l3vni',
    remedy: 'Use mode l3vni for the VPC where the model has l3vni only, or attach it elsewhere',
    check: ({ spec }, { lookup }) => {
      const vpc = lookup?.get('VPC', (textAt(spec, 'subnet') ?? '').split('/')[0] ?? '');
      const connection = lookup?.get('Connection', textAt(spec, 'connection') ?? '');
      if (!vpc || !connection || connectionTypes(connection.spec).length === 0) return [];
      const needed = textAt(vpc.spec, 'mode') === 'l3vni' ? ['l3vni'] : ['l2vni', 'l3vni'];
      return connectionSwitches(connection.spec).flatMap((name) => {
        const device = lookup?.get('Switch', name);
        const profile = device && profileOf(device, lookup);
        const lacking = profile ? needed.filter((feature) => objectAt(profile, 'features')?.[feature] !== true) : [];
        return hitIf(lacking.length > 0, 'spec.connection', `Switch ${name} does not support ${lacking.join(' and ')}, which VPC ${vpc.metadata.name} needs`);
      });
    },
    good: [attached({}, { l2vni: true, l3vni: true }), attached({ mode: 'l3vni' }, { l3vni: true })],
    bad: [attached({}, { l3vni: true }), attached({ mode: 'l3vni' }, { l2vni: true })],
  },
];

function profileOf(device: NormalisedObject, lookup: Lookup | undefined): JsonObject | undefined {
  return lookup?.get('SwitchProfile', textAt(device.spec, 'profile') ?? '')?.spec;
}

function settings(device: NormalisedObject, field: string): [string, Json][] {
  return Object.entries(objectAt(device.spec, field) ?? {});
}

/** A value that the schema may yet refuse, as a person would write it. */
function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

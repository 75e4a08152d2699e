import type { Claim } from '../claim.ts';
import { parseMac } from '../net/mac.ts';
import type { Reference } from '../reference.ts';
import type { JsonObject, NormalisedObject } from '../resource-object.ts';
import { object, str } from '../schema/schema-node.ts';
import { listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { addressClaim } from './address-claims.ts';
import { switchSpec } from './switch-schema.ts';
import { AGE, RANK, WIRING, column, userKind } from './user-kind.ts';

const SPEED_PREFIX = 'SPEED_';
const FLAP_DEFAULTS = { flapThreshold: 3, samplingInterval: 30, recoveryInterval: 300 };

export const switchGroup = userKind({
  ...WIRING,
  kind: 'SwitchGroup',
  plural: 'switchgroups',
  shortNames: ['sg'],
  description: 'A name that switches are grouped by; it has no fields',
  rank: RANK.pool,
  spec: object({}, { description: 'Has no fields' }),
});

export const server = userKind({
  ...WIRING,
  kind: 'Server',
  plural: 'servers',
  shortNames: ['srv'],
  description: 'A host that connections lead to',
  rank: RANK.device,
  spec: object(
    { description: str('Free text'), profile: str('Not used by the fabric') },
    { description: 'Desired state of the Server' },
  ),
  printerColumns: [column('Type', '.spec.type'), column('Descr', '.spec.description'), AGE],
});

export const switchKind = userKind({
  ...WIRING,
  kind: 'Switch',
  plural: 'switches',
  shortNames: ['sw'],
  description: 'A switch of the fabric',
  rank: RANK.device,
  spec: switchSpec,
  printerColumns: [
    column('Profile', '.spec.profile'),
    column('Role', '.spec.role'),
    column('Descr', '.spec.description'),
    column('Groups', '.spec.groups'),
    column('Redundancy', '.spec.redundancy', 1),
    column('Boot', '.spec.boot', 1),
    AGE,
  ],
  applyDefaults: defaultSwitch,
  references: switchReferences,
  claims: switchClaims,
  carriedBy: { agentKind: 'Agent', path: 'spec.switch', single: true },
});

function defaultSwitch(spec: JsonObject): void {
  for (const field of ['portGroupSpeeds', 'portSpeeds']) {
    const speeds = objectAt(spec, field) ?? {};
    for (const [port, speed] of Object.entries(speeds)) {
      if (typeof speed === 'string' && speed.startsWith(SPEED_PREFIX)) speeds[port] = speed.slice(SPEED_PREFIX.length);
    }
  }
  if (!spec.vlanNamespaces || listAt(spec, 'vlanNamespaces').length === 0) spec.vlanNamespaces = ['default'];
  const group = textAt(spec, 'redundancy', 'group');
  if (group && !textsAt(spec, 'groups').includes(group)) spec.groups = [...listAt(spec, 'groups'), group];
  const flap = objectAt(spec, 'linkFlapErrDisable');
  if (flap) for (const [field, value] of Object.entries(FLAP_DEFAULTS)) flap[field] ??= value;
}

function switchReferences({ spec }: NormalisedObject): Reference[] {
  const profile = textAt(spec, 'profile');
  const redundancy = textAt(spec, 'redundancy', 'group');
  return [
    ...(profile ? [{ field: 'spec.profile', toKind: 'SwitchProfile', toName: profile }] : []),
    ...textsAt(spec, 'groups').map((name) => ({ field: 'spec.groups', toKind: 'SwitchGroup', toName: name })),
    ...(redundancy ? [{ field: 'spec.redundancy.group', toKind: 'SwitchGroup', toName: redundancy }] : []),
    ...textsAt(spec, 'vlanNamespaces').map((name) => ({ field: 'spec.vlanNamespaces', toKind: 'VLANNamespace', toName: name })),
  ];
}

function switchClaims({ spec }: NormalisedObject): Claim[] {
  const group = textAt(spec, 'redundancy', 'group');
  // The two switches of an MCLAG group act as one BGP speaker and one tunnel end.
  const sharedBy = textAt(spec, 'redundancy', 'type') === 'mclag' && group ? `mclag:${group}` : undefined;
  const shared = sharedBy ? { sharedBy } : {};
  const asn = numberAt(spec, 'asn');
  const mac = parseMac(textAt(spec, 'boot', 'mac'));
  const serial = textAt(spec, 'boot', 'serial');
  return [
    ...(asn && spec.role === 'spine' ? [{ space: 'spine-asn', field: 'spec.asn', value: String(asn) }] : []),
    ...(asn && spec.role !== 'spine' ? [{ space: 'leaf-asn', field: 'spec.asn', value: String(asn), ...shared }] : []),
    ...addressClaim('management-ip', 'spec.ip', spec.ip),
    ...addressClaim('protocol-ip', 'spec.protocolIP', spec.protocolIP),
    ...addressClaim('vtep-ip', 'spec.vtepIP', spec.vtepIP).map((claim) => ({ ...claim, ...shared })),
    ...(mac ? [{ space: 'boot-mac', field: 'spec.boot.mac', value: mac }] : []),
    ...(serial ? [{ space: 'boot-serial', field: 'spec.boot.serial', value: serial }] : []),
  ];
}

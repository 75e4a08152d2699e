import type { WatchProjection } from '../kind-descriptor.ts';

const METADATA = [
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.deletionTimestamp',
];

/**
 * What travels of an Agent: the embedded copies that convergence compares and the few status fields that it reads.
 * `spec.users`, `spec.version` (registry credentials), `spec.config`, `spec.alloy`, the catalogue of numbers and
 * all interface counters stay in the cluster.
 */
export const AGENT_PROJECTION: WatchProjection = {
  fields: [
    ...METADATA,
    'spec.role',
    'spec.switch',
    'spec.vpcs',
    'spec.vpcAttachments',
    'spec.vpcPeers',
    'spec.externals',
    'spec.externalAttachments',
    'spec.externalPeerings',
    'spec.ipv4Namespaces',
    'spec.vlanNamespaces',
    'spec.connections',
    'status.version',
    'status.lastHeartbeat',
    'status.lastAttemptTime',
    'status.lastAttemptGen',
    'status.lastAppliedTime',
    'status.lastAppliedGen',
    'status.rebootRequired',
    'status.conditions',
  ],
  throttleMs: 15_000,
};

/** What travels of a GatewayAgent; see `AGENT_PROJECTION`. */
export const GATEWAY_AGENT_PROJECTION: WatchProjection = {
  fields: [
    ...METADATA,
    'spec.gateway',
    'spec.peerings',
    'spec.groups',
    'status.agentVersion',
    'status.lastHeartbeat',
    'status.lastAppliedTime',
    'status.lastAppliedGen',
  ],
  throttleMs: 15_000,
};

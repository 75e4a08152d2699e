import type { KindWatch } from '../kind-descriptor.ts';

const HEARTBEAT = { path: 'status.lastHeartbeat', everyMs: 15_000 };

/**
 * What travels of an Agent: the embedded copies that convergence compares and the few status fields that it reads.
 * `spec.users`, `spec.version` (registry credentials), `spec.config`, `spec.alloy`, the catalogue of numbers and
 * all interface counters stay in the cluster.
 */
export const AGENT_WATCH: KindWatch = {
  role: 'agent',
  projection: [
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
  throttle: [HEARTBEAT],
};

/** What travels of a GatewayAgent; see `AGENT_WATCH`. */
export const GATEWAY_AGENT_WATCH: KindWatch = {
  role: 'agent',
  projection: [
    'spec.gateway',
    'spec.peerings',
    'spec.groups',
    'status.agentVersion',
    'status.lastHeartbeat',
    'status.lastAppliedTime',
    'status.lastAppliedGen',
  ],
  throttle: [HEARTBEAT],
};

import type { KindWatch } from '../kind-descriptor.ts';

const HEARTBEAT = { path: 'status.lastHeartbeat', everyMs: 15_000 };
/** A link that flaps is passed on this often. */
const STATE = { path: 'status.state', everyMs: 5_000 };

/**
 * What travels of an Agent: the embedded copies that convergence compares and the few status fields that it and the
 * rules of health read: of a port its states and its neighbours, of a session its state. `*` stands for every entry.
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
    'status.state.interfaces.*.admin',
    'status.state.interfaces.*.oper',
    'status.state.interfaces.*.errDisabled',
    'status.state.interfaces.*.lldpNeighbors.*.sysName',
    'status.state.interfaces.*.lldpNeighbors.*.name',
    'status.state.interfaces.*.lldpNeighbors.*.portID',
    'status.state.breakouts.*.mode',
    'status.state.breakouts.*.status',
    'status.state.bgpNeighbors.*.*.enabled',
    'status.state.bgpNeighbors.*.*.state',
  ],
  throttle: [HEARTBEAT, STATE],
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
    'status.state.bgp.vrfs.*.neighbors.*.enabled',
    'status.state.bgp.vrfs.*.neighbors.*.sessionState',
  ],
  throttle: [HEARTBEAT, STATE],
};

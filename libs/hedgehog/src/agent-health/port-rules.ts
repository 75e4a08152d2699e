import { foldPortAlias, isSwitchPortName } from '../net/device-port.ts';
import type { Json, JsonObject } from '../resource-object.ts';
import { entriesAt, listAt, objectAt, textAt } from '../spec-reader.ts';
import { type AgentFacts, type AgentLink, touchedBy } from './agent-facts.ts';
import type { HealthHit, HealthRule } from './health-rule.ts';

const LINK_HOLD_MS = 15_000;
const LLDP_HOLD_MS = 60_000;
const SESSION_HOLD_MS = 30_000;
/** A port is broken out while the switch applies it, which takes a while. */
const BREAKOUT_HOLD_MS = 120_000;

const CONNECTIONS = {
  'c-1': { unbundled: { link: { switch: { port: 'leaf-1/E1/1' }, server: { port: 'server-1/eth0' } } } },
  'f-1': { fabric: { links: [{ spine: { port: 'spine-1/E1/1', ip: '172.30.128.0/31' }, leaf: { port: 'leaf-1/E1/9', ip: '172.30.128.1/31' } }] } },
};
const port = (name: string, state: JsonObject): { spec: JsonObject; status: JsonObject } => ({ spec: { connections: CONNECTIONS }, status: { state: { interfaces: { [name]: { admin: 'up', oper: 'up', ...state } } } } });

/** What a switch says of its ports and of those that it is cabled to. */
export const PORT_RULES: readonly HealthRule[] = [
  {
    id: 'port-err-disabled', agentKind: 'Agent', severity: 'error', raiseAfterMs: 0,
    text: 'No port is shut down by the switch for errors',
    remedy: 'Look at cable and transceiver of the port; it recovers by itself after recoveryInterval, or by shutting it and opening it again',
    check: (facts) => portHits(facts, ({ errDisabled }) => errDisabled === true, (name) => `${facts.name}/${name} was shut down for errors`, 'errDisabled'),
    good: [port('E1/1', { errDisabled: false })], bad: [port('E1/1', { errDisabled: true })],
  },
  {
    id: 'port-down', agentKind: 'Agent', severity: 'warning', raiseAfterMs: LINK_HOLD_MS,
    text: 'A cabled port that is switched on has a link',
    remedy: 'See whether the device at the other end is up, then look at the cable, the transceivers, speed and FEC of both ends',
    check: (facts) => portHits(facts, ({ admin, oper, errDisabled }) => admin === 'up' && oper === 'down' && errDisabled !== true, (name, links) => `${facts.name}/${name} has no link to ${links.map(peerOf).join(', ')}`, 'oper').filter(({ touches }) => touches.length > 0),
    good: [port('E1/1', {}), port('E1/7', { oper: 'down' }), port('E1/1', { admin: 'down', oper: 'down' })],
    bad: [port('E1/1', { oper: 'down' })],
  },
  {
    id: 'lldp-neighbor', agentKind: 'Agent', severity: 'error', raiseAfterMs: LLDP_HOLD_MS,
    text: 'At the other end of a cable is the device that its Connection names',
    remedy: 'Move the cable to where the Connection says, or correct the Connection in Git',
    check: miscabled,
    good: [
      port('E1/9', { lldpNeighbors: [{ sysName: 'spine-1.example.org', portID: 'E1/1' }] }),
      // What a server calls itself need not be the name that it has in the fabric.
      port('E1/1', { lldpNeighbors: [{ sysName: 'host-17' }] }),
      port('E1/9', { lldpNeighbors: [] }),
    ],
    bad: [
      port('E1/9', { lldpNeighbors: [{ sysName: 'spine-2', portID: 'E1/1' }] }),
      port('E1/9', { lldpNeighbors: [{ sysName: 'spine-1', portID: 'E1/2' }] }),
      port('E1/1', { lldpNeighbors: [{ sysName: 'spine-1' }] }),
    ],
  },
  {
    id: 'breakout-differs', agentKind: 'Agent', severity: 'error', raiseAfterMs: BREAKOUT_HOLD_MS,
    text: 'Ports are broken out as the Switch says',
    remedy: 'Wait for the switch to apply it; if it stays so, look at the log of the agent: the breakout may not be possible beside its neighbours',
    check: ({ name, spec, status }) => Object.entries(objectAt(spec, 'switch', 'portBreakouts') ?? {}).flatMap(([base, wanted]) => {
      const mode = textAt(status, 'state', 'breakouts', base, 'mode');
      if (mode === undefined || typeof wanted !== 'string' || mode.toLowerCase() === wanted.toLowerCase()) return [];
      const state = textAt(status, 'state', 'breakouts', base, 'status');
      return [{ field: `status.state.breakouts.${base}.mode`, message: `${name}/${base} is broken out as ${mode}, not as ${wanted}${state ? ` (${state})` : ''}` }];
    }),
    good: [{ spec: { switch: { portBreakouts: { 'E1/1': '4x25G' } } }, status: { state: { breakouts: { 'E1/1': { mode: '4x25G', status: 'Completed' } } } } }],
    bad: [{ spec: { switch: { portBreakouts: { 'E1/1': '4x25G' } } }, status: { state: { breakouts: { 'E1/1': { mode: '1x100G', status: 'InProgress' } } } } }],
  },
  {
    id: 'bgp-session-down', agentKind: 'Agent', severity: 'error', raiseAfterMs: SESSION_HOLD_MS,
    text: 'Each BGP session of a switch that is switched on is established',
    remedy: 'See whether the neighbour is up and the link has its addresses; for an external neighbour also ASN, VLAN and password of both sides',
    check: switchSessions,
    good: [session('established'), session('idle', false)], bad: [session('active')],
  },
  {
    id: 'gateway-bgp-session-down', agentKind: 'GatewayAgent', severity: 'error', raiseAfterMs: SESSION_HOLD_MS,
    text: 'Each BGP session of a gateway that is switched on is established',
    remedy: 'See whether the switch at the other end is up and the link has its addresses',
    check: ({ name, status }) => entriesAt(status, 'state', 'bgp', 'vrfs').flatMap(([vrf]) => entriesAt(status, 'state', 'bgp', 'vrfs', vrf, 'neighbors').flatMap(([address, { enabled, sessionState }]) =>
      isDown(enabled, sessionState) ? [{ field: `status.state.bgp.vrfs.${vrf}.neighbors.${address}.sessionState`, message: `BGP of gateway ${name} with ${address} in ${vrf} is ${String(sessionState)}` }] : [])),
    good: [{ status: { state: { bgp: { vrfs: { default: { neighbors: { '172.30.128.2': { enabled: true, sessionState: 'established' } } } } } } } }],
    bad: [{ status: { state: { bgp: { vrfs: { default: { neighbors: { '172.30.128.2': { enabled: true, sessionState: 'connect' } } } } } } } }],
  },
];

function session(state: string, enabled = true): { spec: JsonObject; status: JsonObject } {
  return { spec: { connections: CONNECTIONS }, status: { state: { bgpNeighbors: { default: { '172.30.128.0': { enabled, state } } } } } };
}

type PortHit = HealthHit & Required<Pick<HealthHit, 'touches'>>;

function portHits(facts: AgentFacts, holds: (state: JsonObject) => boolean, say: (port: string, links: readonly AgentLink[]) => string, field: string): PortHit[] {
  return entriesAt(facts.status, 'state', 'interfaces').filter(([, state]) => holds(state)).map(([name]) => {
    const links = linksAt(facts, name);
    return { field: `status.state.interfaces.${name}.${field}`, message: say(name, links), ...about(facts, links) };
  });
}

function about(facts: AgentFacts, links: readonly AgentLink[]): Required<Pick<HealthHit, 'touches'>> & Pick<HealthHit, 'peer'> {
  const peer = links.find((link) => link.peer !== '')?.peer;
  return { touches: touchedBy(facts, links.map(({ connection }) => connection)), ...(peer !== undefined && { peer }) };
}

function linksAt({ links }: AgentFacts, name: string): AgentLink[] {
  return links.filter((link) => link.port === foldPortAlias(name));
}

function peerOf({ peer, peerPort, connection }: AgentLink): string {
  return peer ? `${peer}/${peerPort}` : `what ${connection} joins`;
}

function miscabled(facts: AgentFacts): HealthHit[] {
  const known = new Set([...facts.links.map(({ peer }) => peer), ...Object.keys(objectAt(facts.spec, 'switches') ?? {})].map(plain));
  return entriesAt(facts.status, 'state', 'interfaces').flatMap(([name, state]): HealthHit[] => {
    const [link] = linksAt(facts, name);
    const seen = listAt(state, 'lldpNeighbors').map(neighbor).filter((each) => each.device !== '');
    if (!link?.peer || seen.length === 0 || seen.some((each) => isPeer(each, link))) return [];
    const strangers = seen.filter(({ device }) => link.peerKind !== 'Server' || (known.has(plain(device)) && plain(device) !== plain(link.peer)));
    if (strangers.length === 0) return [];
    const found = strangers.map(({ device, port: id }) => `${device}${id && `/${id}`}`).join(', ');
    return [{ field: `status.state.interfaces.${name}.lldpNeighbors`, message: `${facts.name}/${name} is cabled to ${found}; ${link.connection} says ${peerOf(link)}`, touches: touchedBy(facts, [link.connection]) }];
  });
}

function neighbor(entry: Json): { device: string; port: string } {
  return { device: textAt(entry, 'sysName') ?? textAt(entry, 'name') ?? '', port: textAt(entry, 'portID') ?? '' };
}

/** Devices tell their names with a domain or without; ports are compared only where both are named in Hedgehog's way. */
function isPeer(seen: { device: string; port: string }, { peer, peerPort }: AgentLink): boolean {
  if (plain(seen.device) !== plain(peer)) return false;
  return !isSwitchPortName(seen.port) || !isSwitchPortName(peerPort) || foldPortAlias(seen.port) === foldPortAlias(peerPort);
}

function plain(device: string): string {
  return device.toLowerCase().split('.')[0]!;
}

function switchSessions(facts: AgentFacts): HealthHit[] {
  return entriesAt(facts.status, 'state', 'bgpNeighbors').flatMap(([vrf]) => entriesAt(facts.status, 'state', 'bgpNeighbors', vrf).flatMap(([address, { enabled, state }]): HealthHit[] => {
    if (!isDown(enabled, state)) return [];
    const links = facts.links.filter(({ peerAddress }) => peerAddress === address);
    const attached = entriesAt(facts.spec, 'externalAttachments').filter(([, body]) => textAt(body, 'neighbor', 'ip') === address);
    const { touches, peer } = about(facts, links);
    const of = links.length > 0 ? ` (${links.map(peerOf).join(', ')})` : '';
    return [{
      field: `status.state.bgpNeighbors.${vrf}.${address}.state`, message: `BGP of switch ${facts.name} with ${address}${of} in ${vrf} is ${String(state)}`,
      touches: [...touches, ...attached.map(([name]) => ({ kind: 'ExternalAttachment', name }))], ...(peer !== undefined && { peer }),
    }];
  }));
}

function isDown(enabled: Json | undefined, state: Json | undefined): boolean {
  return enabled !== false && typeof state === 'string' && state !== '' && state !== 'unset' && state.toLowerCase() !== 'established';
}

import { agentView, type AgentView } from '../convergence/agent-view.ts';
import { connectionLinks, type DeviceKind } from '../kinds/connection-ends.ts';
import { foldPortAlias, parseDevicePort } from '../net/device-port.ts';
import { isJsonObject } from '../resource-object.ts';
import type { JsonObject } from '../resource-object.ts';
import { entriesAt, objectAt, textAt } from '../spec-reader.ts';

/** One cable that ends at the switch, as the Agent was told of it. */
export interface AgentLink {
  /** Name of the Connection. */
  readonly connection: string;
  /** The port of the switch, its alias folded. */
  readonly port: string;
  readonly peerKind: DeviceKind;
  /** Name of the device at the other end. */
  readonly peer: string;
  readonly peerPort: string;
  /** Address of the other end, without length; absent where the link has none. */
  readonly peerAddress?: string;
}

/** An Agent or GatewayAgent as the rules of its health read it. */
export interface AgentFacts extends AgentView {
  /** `status` as far as it travels. */
  readonly status: JsonObject;
  /** The cables that the Agent was told of; none for a gateway. */
  readonly links: readonly AgentLink[];
}

/** Reads an observed Agent for the rules of its health; see `agentView`. */
export function agentFacts(kind: AgentView['kind'], name: string, generation: number, object: unknown): AgentFacts {
  const view = agentView(kind, name, generation, object);
  const status = isJsonObject(object) ? (objectAt(object, 'status') ?? {}) : {};
  return { ...view, status, links: kind === 'Agent' ? linksOf(name, view.spec) : [] };
}

function linksOf(name: string, spec: JsonObject): AgentLink[] {
  return entriesAt(spec, 'connections').flatMap(([connection, body]) =>
    connectionLinks(body).flatMap((ends): AgentLink[] => {
      const own = ends.find((end) => end.deviceKind === 'Switch' && parseDevicePort(end.port)?.device === name);
      const port = own && parseDevicePort(own.port);
      const other = ends.find((end) => end !== own);
      const peer = other && parseDevicePort(other.port);
      if (!port) return [];
      return [{
        connection, port: foldPortAlias(port.port), peerKind: other?.deviceKind ?? 'Server', peer: peer?.device ?? '', peerPort: peer?.port ?? '',
        ...(other?.ip && { peerAddress: other.ip.split('/')[0]! }),
      }];
    }),
  );
}

/** An object that a problem is shown on. */
export interface Touched {
  readonly kind: string;
  readonly name: string;
}

/** The Connection of a cable and what is attached by it. */
export function touchedBy(facts: AgentFacts, connections: readonly string[]): Touched[] {
  const attached = (kind: string, path: string): Touched[] =>
    entriesAt(facts.spec, path).filter(([, body]) => connections.includes(textAt(body, 'connection') ?? '')).map(([name]) => ({ kind, name }));
  const cables = [...new Set(connections)].map((name) => ({ kind: 'Connection', name }));
  return [...cables, ...attached('VPCAttachment', 'vpcAttachments'), ...attached('ExternalAttachment', 'externalAttachments')];
}

import type { Claim } from './claim.ts';
import type { Reference } from './reference.ts';
import type { JsonObject, NormalisedObject } from './resource-object.ts';
import type { SchemaNode } from './schema/schema-node.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly jsonPath: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly priority?: number;
}

/** A field that Hedgehog's webhook refuses to change on an existing object. */
export interface ImmutableField {
  /** Dotted path below the object, e.g. `spec.staticExternal.withinVPC`. */
  readonly path: string;
  /** `presence`: only setting or removing the field counts, its content may change. */
  readonly what: 'value' | 'presence';
  /** `replace`: a change is planned as delete and create. */
  readonly onChange: 'replace';
  readonly reason: string;
}

/** Which controller-owned object embeds copies of a kind, and where. */
export interface CarriedBy {
  readonly agentKind: 'Agent' | 'GatewayAgent';
  /** Dotted path of a map from object name to its spec, or of the one spec with `single`. */
  readonly path: string;
  /** The path holds the spec of the object that has the agent's own name. */
  readonly single?: boolean;
}

/** What of a live object the watch passes on, in the terms of the `cluster.watch` command. */
export interface KindWatch {
  /** `object`: metadata and spec travel. `agent`: only the projected fields; passwords, keys and counters are never listed. */
  readonly role: 'object' | 'agent';
  /** Dotted paths that travel, `*` for each entry of a map or list; null for metadata and spec. */
  readonly projection: readonly string[] | null;
  /** Paths whose change alone is passed on at most this often, in milliseconds. */
  readonly throttle: readonly { readonly path: string; readonly everyMs: number }[];
}

/** All that Heddle knows of a kind. */
export interface KindDescriptor {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: 'Namespaced';
  /** Heddle applies and deletes objects of this kind; otherwise it only watches them. */
  readonly managed: boolean;
  readonly description: string;
  /** Schema of `spec`; absent where Heddle never reads or writes a spec of its own. */
  readonly spec?: SchemaNode;
  /** The CRD lists `spec` as required at the top. */
  readonly specRequired?: boolean;
  readonly printerColumns: readonly PrinterColumn[];
  /** Place in the order of applying, from 0; deletes go the other way. Absent for kinds that are not managed. */
  readonly rank?: number;
  /** Fills in what Hedgehog's webhook fills in; changes the given private copy of the spec. */
  readonly applyDefaults?: (spec: JsonObject) => void;
  readonly references?: (object: NormalisedObject) => Reference[];
  readonly claims?: (object: NormalisedObject) => Claim[];
  readonly immutable: readonly ImmutableField[];
  /** Top-level or dotted fields that Heddle never writes, whatever Git says. */
  readonly protectedFields: readonly string[];
  readonly carriedBy?: CarriedBy;
  readonly watch: KindWatch;
}

/** `group/version` as it stands in `apiVersion`. */
export function apiVersionOf(descriptor: Pick<KindDescriptor, 'group' | 'version'>): string {
  return `${descriptor.group}/${descriptor.version}`;
}

/** Fields of any object that only the API server or a controller may write. */
export const SERVER_OWNED_FIELDS: readonly string[] = [
  'status',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.managedFields',
  'metadata.ownerReferences',
  'metadata.selfLink',
];

/** How the user kinds are watched. */
export const OBJECT_WATCH: KindWatch = { role: 'object', projection: null, throttle: [] };

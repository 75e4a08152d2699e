import type { JsonObject, KubeObject } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { FieldFault, ResourceName } from '../status-error.ts';

export interface PrinterColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
  jsonPath: string;
}

/** One served resource in one version. */
export interface Resource extends ResourceName {
  version: string;
  singular: string;
  listKind: string;
  shortNames: string[];
  categories: string[];
  namespaced: boolean;
  /** Whether the status can only be written through its subresource. */
  hasStatus: boolean;
  custom: boolean;
  /** Whether generation counts changes outside metadata and status. */
  counted: boolean;
  schema: SchemaNode;
  /** The schema as published in OpenAPI. */
  openapi: JsonObject | undefined;
  columns: PrinterColumn[];
  selectableFields: string[];
  /** Where the objects are kept: the same for all versions of a resource. */
  collection: string;
  /** What the typed form of an empty object holds; its parts count as owned by nobody. */
  blank: JsonObject;
  /** Fills in what the server sets by itself before ownership is recorded. */
  complete?: (object: KubeObject) => KubeObject;
  /** Sets what only the server may set, after admission. */
  prepare?: (object: KubeObject, live: KubeObject | undefined) => KubeObject;
  /** Marks an object whose deletion has begun. */
  terminating?: (object: KubeObject) => KubeObject;
  validate?: (object: KubeObject, live: KubeObject | undefined) => FieldFault[];
  /** Names are labels (no dots), as those of namespaces. */
  labelNames?: boolean;
  /** Any text without / and % serves as a name, as for roles. */
  pathNames?: boolean;
  /** 'starting' until its storage is ready: requests are answered 429. */
  state: 'starting' | 'ready';
}

export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

export const RESOURCE_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

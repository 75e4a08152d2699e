import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../kube-object.ts';
import type { Registry } from '../resources/registry.ts';
import type { Resource } from '../resources/resource.ts';

/** The index of /openapi/v3, or the document of one group and version; undefined when there is none. */
export function openapi(path: string, registry: Registry): JsonObject | undefined {
  if (path === '/openapi/v3') return index(registry);
  const [group = '', version = ''] = path.startsWith('/openapi/v3/api/')
    ? ['', path.slice('/openapi/v3/api/'.length)]
    : path.slice('/openapi/v3/apis/'.length).split('/');
  const resources = registry.inVersion(group, version);
  return resources.length === 0 ? undefined : document(resources);
}

function index(registry: Registry): JsonObject {
  const paths: JsonObject = {};
  for (const { group, version } of registry.all()) {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    if (paths[path] !== undefined) continue;
    const hash = createHash('sha256').update(JSON.stringify(document(registry.inVersion(group, version)))).digest('hex');
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` };
  }
  return { paths };
}

function document(resources: Resource[]): JsonObject {
  const paths: JsonObject = {};
  const schemas: JsonObject = {};
  for (const resource of resources) {
    schemas[schemaName(resource)] = schemaOf(resource);
    const base = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
    const collection = resource.namespaced ? `${base}/namespaces/{namespace}/${resource.resource}` : `${base}/${resource.resource}`;
    paths[collection] = { get: operation(resource, 'list'), post: operation(resource, 'post') };
    paths[`${collection}/{name}`] = {
      get: operation(resource, 'get'),
      put: operation(resource, 'put'),
      patch: operation(resource, 'patch'),
      delete: operation(resource, 'delete'),
    };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.33.13' }, paths, components: { schemas } };
}

const WRITE_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}));

function operation(resource: Resource, action: string): JsonObject {
  const { group, version, kind } = resource;
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName(resource)}` } } };
  const writes = ['post', 'put', 'patch'].includes(action);
  return {
    responses: { 200: { description: 'OK', content } },
    ...(writes ? { parameters: WRITE_PARAMETERS, requestBody: { content } } : {}),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function schemaName({ group, version, kind }: Resource): string {
  const reversed = group === '' ? 'io.k8s.api.core' : group.split('.').reverse().join('.');
  return `${reversed}.${version}.${kind}`;
}

function schemaOf(resource: Resource): JsonObject {
  const { group, version, kind } = resource;
  const schema = resource.openapi ?? { type: 'object' };
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return {
    ...schema,
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, ...properties },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

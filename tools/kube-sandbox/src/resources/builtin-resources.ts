import { isJsonObject, kubeTime, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { deducedNode, schemaNode, typeMetaFields, type SchemaNode } from '../schema/schema-node.ts';
import { fieldFault } from '../status-error.ts';
import { crdFaults } from './crd-faults.ts';
import type { PrinterColumn, Resource } from './resource.ts';

type Definition = Pick<Resource, 'group' | 'version' | 'resource' | 'kind' | 'namespaced'> & Partial<Resource>;

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
};

function define(definition: Definition): Resource {
  const singular = definition.kind.toLowerCase();
  return {
    singular,
    listKind: `${definition.kind}List`,
    shortNames: [],
    categories: [],
    hasStatus: false,
    custom: false,
    counted: false,
    schema: looseSchema(),
    openapi: undefined,
    columns: [age],
    selectableFields: [],
    collection: `${definition.group}/${definition.resource}`,
    blank: {},
    state: 'ready',
    ...definition,
  };
}

/** Built-in kinds know their fields only as far as ownership needs; unknown ones are kept. */
function looseSchema(fields: { [name: string]: SchemaNode } = {}): SchemaNode {
  return schemaNode({ shape: 'map', type: 'object', preserveUnknown: true, fields: new Map([...Object.entries(fields), ...typeMetaFields]) });
}

function struct(fields: { [name: string]: SchemaNode } = {}): SchemaNode {
  return schemaNode({ shape: 'map', type: 'object', preserveUnknown: true, fields: new Map(Object.entries(fields)) });
}

const conditions = schemaNode({ shape: 'list', type: 'array', listType: 'map', keys: ['type'], element: struct() });
const atomicList = schemaNode({ shape: 'list', type: 'array', element: deducedNode });
const selector = schemaNode({ ...struct(), atomic: true });
const webhookList = schemaNode({ shape: 'list', type: 'array', listType: 'map', keys: ['name'], element: struct({ namespaceSelector: selector, objectSelector: selector }) });

function withParts(object: KubeObject, parts: JsonObject): KubeObject {
  return { ...object, ...parts };
}

const namespaces = define({
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  hasStatus: true,
  labelNames: true,
  blank: { spec: {}, status: {} },
  schema: looseSchema({ spec: struct({ finalizers: atomicList }), status: struct({ conditions }) }),
  columns: [{ ...age, name: 'Status', type: 'string', description: 'The status of the namespace', jsonPath: '.status.phase' }, age],
  selectableFields: ['status.phase', 'name'],
  complete: (object) => {
    const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' };
    return { ...object, metadata: { ...object.metadata, labels } };
  },
  prepare: (object, live) =>
    live === undefined ? withParts(object, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }) : { ...object, spec: live.spec },
  terminating: (object) => withParts(object, { status: { ...(isJsonObject(object.status) ? object.status : {}), phase: 'Terminating' } }),
});

const crds = define({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  hasStatus: true,
  counted: true,
  blank: { spec: { names: {} }, status: { acceptedNames: {} } },
  schema: looseSchema({
    spec: struct({ names: struct(), versions: atomicList, conversion: struct() }),
    status: struct({ acceptedNames: struct(), conditions, storedVersions: atomicList }),
  }),
  columns: [
    { ...age, name: 'Created At', description: 'CreationTimestamp of the definition', jsonPath: '.metadata.creationTimestamp' },
  ],
  complete: completeCrd,
  prepare: (object, live) => (live === undefined ? withParts(object, { status: newCrdStatus(object) }) : object),
  terminating: terminatingCrd,
  validate: crdFaults,
});

function completeCrd(object: KubeObject): KubeObject {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const names = isJsonObject(spec.names) ? spec.names : {};
  const kind = typeof names.kind === 'string' ? names.kind : '';
  const completed = { ...names, singular: names.singular ?? kind.toLowerCase(), listKind: names.listKind ?? `${kind}List` };
  return { ...object, spec: { ...spec, names: completed, conversion: spec.conversion ?? { strategy: 'None' } } };
}

function newCrdStatus(crd: KubeObject): JsonObject {
  const versions = isJsonObject(crd.spec) && Array.isArray(crd.spec.versions) ? crd.spec.versions.filter(isJsonObject) : [];
  const stored = versions.filter((version) => version.storage === true).map((version) => version.name ?? null);
  return { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: stored };
}

function terminatingCrd(crd: KubeObject): KubeObject {
  const status = isJsonObject(crd.status) ? crd.status : {};
  const condition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: kubeTime(),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return withParts(crd, { status: { ...status, conditions: [...(Array.isArray(status.conditions) ? status.conditions : []), condition] } });
}

function completeWebhooks(reinvocation: boolean): (object: KubeObject) => KubeObject {
  return (object) => {
    if (!Array.isArray(object.webhooks)) return object;
    return { ...object, webhooks: object.webhooks.map((hook) => (isJsonObject(hook) ? completeWebhook(hook, reinvocation) : hook)) };
  };
}

function completeWebhook(hook: JsonObject, reinvocation: boolean): JsonObject {
  const rules = Array.isArray(hook.rules) ? hook.rules : [];
  return {
    ...hook,
    rules: rules.map((rule) => (isJsonObject(rule) ? { ...rule, scope: rule.scope ?? '*' } : rule)),
    failurePolicy: hook.failurePolicy ?? 'Fail',
    matchPolicy: hook.matchPolicy ?? 'Equivalent',
    namespaceSelector: hook.namespaceSelector ?? {},
    objectSelector: hook.objectSelector ?? {},
    timeoutSeconds: hook.timeoutSeconds ?? 10,
    ...(reinvocation ? { reinvocationPolicy: hook.reinvocationPolicy ?? 'Never' } : {}),
  };
}

/** A webhook in the cluster, or with CEL conditions, is beyond this server: refused rather than ignored. */
function webhookFaults(object: KubeObject) {
  const hooks = Array.isArray(object.webhooks) ? object.webhooks.filter(isJsonObject) : [];
  return hooks.flatMap((hook, index) => {
    const at = `webhooks[${index}]`;
    const config = isJsonObject(hook.clientConfig) ? hook.clientConfig : {};
    const faults = [];
    if (typeof config.url !== 'string') faults.push(fieldFault.required(`${at}.clientConfig.url`, 'this server calls webhooks by URL only'));
    if (!isSideEffectFree(hook.sideEffects)) {
      faults.push(fieldFault.notSupported(`${at}.sideEffects`, JSON.stringify(hook.sideEffects ?? ''), ['None', 'NoneOnDryRun']));
    }
    if (Array.isArray(hook.matchConditions) && hook.matchConditions.length > 0) {
      faults.push(fieldFault.forbidden(`${at}.matchConditions`, 'CEL is not supported by this server'));
    }
    return faults;
  });
}

function isSideEffectFree(value: JsonValue | undefined): boolean {
  return value === 'None' || value === 'NoneOnDryRun';
}

function webhookConfiguration(kind: string, resource: string, reinvocation: boolean): Resource {
  return define({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource,
    kind,
    namespaced: false,
    categories: ['api-extensions'],
    counted: true,
    schema: looseSchema({ webhooks: webhookList }),
    complete: completeWebhooks(reinvocation),
    validate: webhookFaults,
  });
}

function completeBinding(object: KubeObject): KubeObject {
  const subjects = Array.isArray(object.subjects) ? object.subjects : undefined;
  if (subjects === undefined) return object;
  const completed = subjects.map((subject) => {
    if (!isJsonObject(subject) || subject.apiGroup !== undefined || subject.kind === 'ServiceAccount') return subject;
    return { ...subject, apiGroup: 'rbac.authorization.k8s.io' };
  });
  return { ...object, subjects: completed };
}

function rbac(kind: string, resource: string, namespaced: boolean, binding: boolean): Resource {
  return define({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource,
    kind,
    namespaced,
    pathNames: true,
    schema: looseSchema({ rules: atomicList, subjects: atomicList, roleRef: schemaNode({ ...struct(), atomic: true }) }),
    ...(binding ? { complete: completeBinding } : {}),
  });
}

/** stringData is write-only: it ends up in data. */
function completeSecret(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const secret = { ...rest, type: rest.type ?? 'Opaque' } as KubeObject;
  if (!isJsonObject(stringData)) return secret;
  const data: JsonObject = isJsonObject(secret.data) ? { ...secret.data } : {};
  for (const [key, value] of Object.entries(stringData)) data[key] = Buffer.from(String(value)).toString('base64');
  return { ...secret, data };
}

const EVENT_FIELDS = ['name', 'namespace', 'kind', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((name) => `involvedObject.${name}`);
EVENT_FIELDS.push('reason', 'type');

export const BUILTIN_RESOURCES: Resource[] = [
  namespaces,
  define({ group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, shortNames: ['cm'] }),
  define({ group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true, complete: completeSecret, selectableFields: ['type'] }),
  define({ group: '', version: 'v1', resource: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true, shortNames: ['sa'] }),
  define({ group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true, shortNames: ['ev'], selectableFields: EVENT_FIELDS }),
  define({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases', kind: 'Lease', namespaced: true, blank: { spec: {} } }),
  crds,
  webhookConfiguration('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', true),
  webhookConfiguration('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', false),
  rbac('ClusterRole', 'clusterroles', false, false),
  rbac('ClusterRoleBinding', 'clusterrolebindings', false, true),
  rbac('Role', 'roles', true, false),
  rbac('RoleBinding', 'rolebindings', true, true),
];

/** Forms that are answered at once and never stored. */
export const REVIEW_RESOURCES = [
  { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
  { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews', kind: 'SubjectAccessReview' },
  { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
  { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
];

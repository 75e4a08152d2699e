import { isJsonObject, type JsonObject, type KubeObject } from '../kube-object.ts';
import { fieldFault, type FieldFault } from '../status-error.ts';

/**
 * What is wrong with a CustomResourceDefinition: the real server's own rules (name, versions, structural schema), and
 * what this server cannot do and so refuses: CEL rules, lists that merge as sets or maps, conversion webhooks.
 */
export function crdFaults(object: KubeObject): FieldFault[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const names = isJsonObject(spec.names) ? spec.names : {};
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isJsonObject) : [];
  const faults: FieldFault[] = [];
  const name = object.metadata.name ?? '';
  if (name !== `${String(names.plural)}.${String(spec.group)}`) {
    faults.push(fieldFault.invalid('metadata.name', JSON.stringify(name), 'must be spec.names.plural+"."+spec.group'));
  }
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') {
    faults.push(fieldFault.notSupported('spec.scope', JSON.stringify(spec.scope ?? ''), ['Cluster', 'Namespaced']));
  }
  if (versions.filter((version) => version.storage === true).length !== 1) {
    const why = 'must have exactly one version marked as storage version';
    faults.push(fieldFault.invalid('spec.versions', JSON.stringify(versions.map((version) => version.name)), why));
  }
  if (isJsonObject(spec.conversion) && spec.conversion.strategy !== 'None') {
    faults.push(fieldFault.notSupported('spec.conversion.strategy', JSON.stringify(spec.conversion.strategy ?? ''), ['None']));
  }
  versions.forEach((version, index) => {
    const schema = isJsonObject(version.schema) ? version.schema.openAPIV3Schema : undefined;
    const at = versions.length === 1 ? 'spec.validation.openAPIV3Schema' : `spec.versions[${index}].schema.openAPIV3Schema`;
    if (!isJsonObject(schema)) faults.push(fieldFault.required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
    else checkSchema(schema, at, faults);
  });
  return faults;
}

const BEYOND: [string, (schema: JsonObject) => boolean, string][] = [
  ['x-kubernetes-validations', (schema) => Array.isArray(schema['x-kubernetes-validations']), 'CEL rules are not supported by this server'],
  [
    'x-kubernetes-list-type',
    (schema) => schema['x-kubernetes-list-type'] === 'map' || schema['x-kubernetes-list-type'] === 'set',
    'lists of type map and set are not supported by this server',
  ],
];

function checkSchema(schema: JsonObject, at: string, faults: FieldFault[]): void {
  for (const [keyword, present, why] of BEYOND) {
    if (present(schema)) faults.push(fieldFault.forbidden(`${at}.${keyword}`, why));
  }
  if (typeof schema.pattern === 'string' && !compiles(schema.pattern)) {
    faults.push(fieldFault.invalid(`${at}.pattern`, JSON.stringify(schema.pattern), 'must be a valid regular expression'));
  }
  if (isUntyped(schema)) faults.push(fieldFault.required(`${at}.type`, requirementOf(at)));
  if (isJsonObject(schema.properties)) {
    for (const [name, below] of Object.entries(schema.properties)) {
      if (isJsonObject(below)) checkSchema(below, `${at}.properties[${name}]`, faults);
    }
  }
  if (isJsonObject(schema.items)) checkSchema(schema.items, `${at}.items`, faults);
  if (isJsonObject(schema.additionalProperties)) checkSchema(schema.additionalProperties, `${at}.additionalProperties`, faults);
}

function isUntyped(schema: JsonObject): boolean {
  return (
    (schema.type === undefined || schema.type === '') &&
    schema['x-kubernetes-int-or-string'] !== true &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  );
}

function requirementOf(at: string): string {
  if (at.endsWith(']')) return 'must not be empty for specified object fields';
  if (at.endsWith('.items')) return 'must not be empty for specified array items';
  return at.endsWith('.additionalProperties') ? 'must not be empty for specified object fields' : 'must not be empty at the root';
}

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

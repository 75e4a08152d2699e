import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { compileSchema } from '../schema/compile-schema.ts';
import type { PrinterColumn, Resource } from './resource.ts';

/** The resources that an accepted CRD serves, one per served version. */
export function customResources(crd: KubeObject): Resource[] {
  const spec = asObject(crd.spec);
  const names = asObject(spec.names);
  const group = text(spec.group);
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isJsonObject) : [];
  return versions
    .filter((version) => version.served === true)
    .map((version) => {
      const schema = asObject(asObject(version.schema).openAPIV3Schema);
      return {
        group,
        version: text(version.name),
        resource: text(names.plural),
        kind: text(names.kind),
        singular: text(names.singular),
        listKind: text(names.listKind),
        shortNames: texts(names.shortNames),
        categories: texts(names.categories),
        namespaced: spec.scope === 'Namespaced',
        hasStatus: isJsonObject(asObject(version.subresources).status),
        custom: true,
        counted: true,
        schema: compileSchema(schema),
        openapi: schema,
        columns: columnsOf(version.additionalPrinterColumns),
        selectableFields: selectable(version.selectableFields),
        collection: `${group}/${text(names.plural)}`,
        blank: {},
        state: 'starting' as const,
      };
    });
}

function columnsOf(columns: JsonValue | undefined): PrinterColumn[] {
  const list = Array.isArray(columns) ? columns.filter(isJsonObject) : [];
  if (list.length === 0) {
    const description =
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.';
    return [{ name: 'Age', type: 'date', format: '', description, priority: 0, jsonPath: '.metadata.creationTimestamp' }];
  }
  return list.map((column) => ({
    name: text(column.name),
    type: text(column.type),
    format: text(column.format),
    description: text(column.description) || `Custom resource definition column (in JSONPath format): ${text(column.jsonPath)}`,
    priority: typeof column.priority === 'number' ? column.priority : 0,
    jsonPath: text(column.jsonPath),
  }));
}

function selectable(fields: JsonValue | undefined): string[] {
  const list = Array.isArray(fields) ? fields.filter(isJsonObject) : [];
  return list.map((field) => text(field.jsonPath).replace(/^\./, ''));
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

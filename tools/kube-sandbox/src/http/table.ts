import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import type { PrinterColumn, Resource } from '../resources/resource.ts';
import { firstAtPath } from './json-path.ts';

/** A list or one object as a `meta.k8s.io/v1` Table, in the columns of its kind. */
export function toTable(resource: Resource, objects: KubeObject[], metadata: JsonObject, includeObject: string): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: [nameColumn, ...resource.columns].map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: [object.metadata.name ?? '', ...resource.columns.map((column) => cell(object, column))],
      object: rowObject(object, includeObject),
    })),
  };
}

const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique among its kind in a namespace.',
  priority: 0,
  jsonPath: '.metadata.name',
};

export function partialMetadata(object: KubeObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function rowObject(object: KubeObject, includeObject: string): JsonObject | null {
  if (includeObject === 'None') return null;
  return includeObject === 'Object' ? object : partialMetadata(object);
}

function cell(object: KubeObject, column: PrinterColumn): JsonValue {
  const value = firstAtPath(object, column.jsonPath);
  if (value === undefined || value === null) return null;
  if (column.type === 'date') return typeof value === 'string' ? ageOf(value) : null;
  if (column.type === 'string') return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return value;
}

const UNITS: [number, string][] = [
  [365 * 86400, 'y'],
  [86400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** An age as kubectl prints it: the two largest units while the first is small. */
export function ageOf(time: string, now: number = Date.now()): string {
  const seconds = Math.floor((now - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return '<invalid>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const index = UNITS.findIndex(([size], at) => seconds >= size * (at === UNITS.length - 1 ? 1 : 2));
  const [size = 1, unit = 's'] = UNITS[index] ?? [];
  const count = Math.floor(seconds / size);
  const [smaller = 1, smallUnit = ''] = UNITS[index + 1] ?? [];
  const rest = Math.floor((seconds - count * size) / smaller);
  return count < 10 && rest > 0 && index < UNITS.length - 1 ? `${count}${unit}${rest}${smallUnit}` : `${count}${unit}`;
}

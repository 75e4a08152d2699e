import { isJsonObject } from './resource-object.ts';
import type { Json, JsonObject } from './resource-object.ts';

/**
 * Readers for specs that may still be wrong: each returns an empty or undefined result instead of throwing,
 * since the schema check reports the wrong type.
 */

/** The text of a field, or undefined if it is absent, empty or no text. */
export function textAt(object: Json | undefined, ...path: string[]): string | undefined {
  const value = valueAt(object, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The number in a field, or undefined. */
export function numberAt(object: Json | undefined, ...path: string[]): number | undefined {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : undefined;
}

/** The object in a field, or undefined. */
export function objectAt(object: Json | undefined, ...path: string[]): JsonObject | undefined {
  const value = valueAt(object, ...path);
  return isJsonObject(value) ? value : undefined;
}

/** The entries of a list; empty if the field holds none. */
export function listAt(object: Json | undefined, ...path: string[]): Json[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
}

/** The texts of a list; other entries are left out. */
export function textsAt(object: Json | undefined, ...path: string[]): string[] {
  return listAt(object, ...path).filter((entry): entry is string => typeof entry === 'string');
}

/** The entries of a map whose values are objects; empty if the field holds none. */
export function entriesAt(object: Json | undefined, ...path: string[]): [string, JsonObject][] {
  const value = objectAt(object, ...path) ?? {};
  return Object.entries(value).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
}

/** The value at a path, or undefined. */
export function valueAt(object: Json | undefined, ...path: string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Free JSON, as it comes out of YAML or the Kubernetes API. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** An object as written in Git or as read from the API server: nothing about it has been checked yet. */
export interface ResourceObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string> | null;
    annotations?: Record<string, string> | null;
  };
  spec?: unknown;
}

/**
 * An object in Heddle's normal form: what is compared, hashed, stored and checked by rules.
 * Two objects mean the same to a fabric exactly if their normal forms are equal as JSON.
 */
export interface NormalisedObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    /** Without Hedgehog's own labels, which its webhook recomputes; absent if none is left. */
    labels?: Record<string, string>;
    /** Without kubectl's and Heddle's own; absent if none is left. */
    annotations?: Record<string, string>;
  };
  spec: JsonObject;
}

/** True for a JSON object, false for null, lists and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

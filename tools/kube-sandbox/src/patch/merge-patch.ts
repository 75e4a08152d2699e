import { isJsonObject, type JsonObject, type JsonValue } from '../kube-object.ts';

/** RFC 7386: null removes, objects merge, all else replaces. Shares what the patch leaves alone. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = mergePatch(result[key], value);
  }
  return result;
}

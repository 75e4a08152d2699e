import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../kube-object.ts';

/** Lists of built-in kinds that merge item by item, and by which member. */
const MERGE_KEYS = new Map([
  ['webhooks', 'name'],
  ['secrets', 'name'],
  ['imagePullSecrets', 'name'],
  ['ownerReferences', 'uid'],
  ['conditions', 'type'],
]);
const MERGED_SCALARS = new Set(['finalizers']);

/** Strategic merge patch for the built-in kinds that this server has. Directives: $patch, $deleteFromPrimitiveList, $retainKeys. */
export function strategicPatch(target: JsonValue | undefined, patch: JsonObject): JsonObject {
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  retainKeys(result, patch.$retainKeys);
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) removeScalars(result, key.slice('$deleteFromPrimitiveList/'.length), value);
    else if (key.startsWith('$')) continue;
    else if (value === null) delete result[key];
    else result[key] = patchMember(key, result[key], value);
    if (isJsonObject(value) && value.$patch === 'delete') delete result[key];
  }
  return result;
}

function patchMember(key: string, target: JsonValue | undefined, value: JsonValue): JsonValue {
  if (isJsonObject(value)) return strategicPatch(target, value);
  if (!Array.isArray(value) || !Array.isArray(target)) return value;
  const mergeKey = MERGE_KEYS.get(key);
  if (mergeKey !== undefined) return mergeItems(target, value, mergeKey);
  if (MERGED_SCALARS.has(key)) return [...target, ...value.filter((item) => !target.some((known) => jsonEquals(known, item)))];
  return value;
}

function mergeItems(target: JsonValue[], patches: JsonValue[], mergeKey: string): JsonValue[] {
  let result = [...target];
  for (const patch of patches) {
    if (!isJsonObject(patch)) continue;
    const index = result.findIndex((item) => isJsonObject(item) && jsonEquals(item[mergeKey], patch[mergeKey]));
    if (patch.$patch === 'delete') result = result.filter((_, at) => at !== index);
    else if (index < 0) result.push(withoutDirectives(patch));
    else result[index] = strategicPatch(result[index], patch);
  }
  return result;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

function retainKeys(target: JsonObject, retained: JsonValue | undefined): void {
  if (!Array.isArray(retained)) return;
  for (const key of Object.keys(target)) if (!retained.includes(key)) delete target[key];
}

function removeScalars(target: JsonObject, key: string, gone: JsonValue): void {
  const list = target[key];
  if (Array.isArray(list) && Array.isArray(gone)) target[key] = list.filter((item) => !gone.some((one) => jsonEquals(one, item)));
}

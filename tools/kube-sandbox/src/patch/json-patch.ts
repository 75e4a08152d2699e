import { applyPatch, type Operation } from 'rfc6902';
import { isJsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { badRequest, StatusError } from '../status-error.ts';

const OPERATIONS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** RFC 6902 on a copy. Any operation that fails makes a bare 422, as on the real server. */
export function jsonPatch(object: KubeObject, patch: JsonValue): KubeObject {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp');
  }
  const copy = structuredClone(object);
  const operations = patch.filter(isOperation);
  if (operations.length !== patch.length) throw refused();
  for (const operation of operations) {
    // Upstream sets a missing member on replace; the library refuses it.
    const lenient = operation.op === 'replace' ? { ...operation, op: parentHas(copy, operation.path) ? 'replace' : 'add' } : operation;
    const [error] = applyPatch(copy, [lenient as Operation]);
    if (error !== null) throw refused();
  }
  return copy;
}

function isOperation(value: JsonValue): value is Operation & { [key: string]: JsonValue } {
  return isJsonObject(value) && typeof value.op === 'string' && OPERATIONS.has(value.op) && typeof value.path === 'string';
}

function parentHas(document: JsonValue, path: string): boolean {
  let value: JsonValue | undefined = document;
  for (const token of path.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isJsonObject(value)) value = value[key];
    else return false;
  }
  return value !== undefined;
}

function refused(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

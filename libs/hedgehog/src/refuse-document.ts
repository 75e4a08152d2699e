import type { Finding } from '@heddle/contracts';
import { apiVersionOf } from './kind-descriptor.ts';
import { descriptorOf } from './kinds/kinds.ts';

/**
 * Why a document is no object that Heddle manages. `unreadable`: what it means can't be known, such as an object of
 * Hedgehog's under a version, kind or namespace that there is not; `ignored`: it is readable and means something else.
 */
export interface Refusal {
  readonly status: 'unreadable' | 'ignored';
  readonly finding: Pick<Finding, 'rule' | 'severity' | 'message' | 'remedy' | 'field'>;
}

/** Judges the head of a parsed document: apiVersion, kind, name and namespace. Null when it is an object to manage. */
export function refuseDocument(object: Readonly<Record<string, unknown>>): Refusal | null {
  const apiVersion = textOf(object['apiVersion']);
  const kind = textOf(object['kind']);
  if (!apiVersion || !kind) {
    return refuse('unreadable', 'not-an-object', 'error', 'The document has no apiVersion or no kind.', 'Add apiVersion and kind, or move the file out of the fabric\'s directory.', apiVersion ? 'kind' : 'apiVersion');
  }
  const unmanaged = kindRefusal(apiVersion, kind);
  if (unmanaged) return unmanaged;
  const { name, namespace } = (object['metadata'] ?? {}) as { name?: unknown; namespace?: unknown };
  if (!textOf(name)) return refuse('unreadable', 'name-missing', 'error', `The ${kind} has no name.`, 'Add metadata.name.', 'metadata.name');
  if (namespace && namespace !== 'default') {
    return refuse('unreadable', 'namespace-not-default', 'error', `${kind} ${String(name)} is in namespace ${String(namespace)}; Hedgehog accepts only default.`, 'Remove metadata.namespace or write default.', 'metadata.namespace');
  }
  return null;
}

function kindRefusal(apiVersion: string, kind: string): Refusal | null {
  const [group = ''] = apiVersion.split('/');
  const descriptor = descriptorOf(kind);
  if (!descriptor || descriptor.group !== group) return unknownKind(group, apiVersion, kind);
  if (!descriptor.managed) {
    return refuse('ignored', 'kind-read-only', 'warning', `${kind} is written by Hedgehog alone; the document is left out.`, 'Remove the document.', 'kind');
  }
  if (apiVersionOf(descriptor) === apiVersion) return null;
  return refuse('unreadable', 'version-unknown', 'error', `${kind} has no version ${apiVersion}.`, `Write apiVersion: ${apiVersionOf(descriptor)}.`, 'apiVersion');
}

/** A typing slip in a kind of Hedgehog is an error; what belongs to other systems is only mentioned. */
function unknownKind(group: string, apiVersion: string, kind: string): Refusal {
  const ours = group.endsWith('githedgehog.com') && group !== 'fabricator.githedgehog.com';
  return refuse(ours ? 'unreadable' : 'ignored', 'kind-unknown', ours ? 'error' : 'warning', `${apiVersion} ${kind} is no kind that Heddle manages; the document is left out.`,
    ours ? 'Correct apiVersion and kind.' : 'Move the document out of the fabric\'s directory if it does not belong there.', 'kind');
}

function refuse(status: Refusal['status'], rule: string, severity: Finding['severity'], message: string, remedy: string, field: string): Refusal {
  return { status, finding: { rule, severity, message, remedy, field } };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

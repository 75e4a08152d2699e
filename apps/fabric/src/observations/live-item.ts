import type { FieldManager, ObservedObject } from '@heddle/contracts';
import { apiVersionOf, descriptorOf, type ResourceObject } from '@heddle/hedgehog';

/** A live object, or the news that it is gone, from a watch or from the answer to a write. */
export interface LiveItem {
  kind: string;
  name: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  deletingSince: string | null;
  finalizers: string[];
  /** Null: it is gone. */
  object: ResourceObject | null;
  managers: FieldManager[];
}

export function itemOfObserved(kind: string, observed: ObservedObject): LiveItem {
  const { name, namespace, uid, resourceVersion, generation, deletionTimestamp, finalizers, managers } = observed;
  const present = observed.change === 'present' && observed.object !== null;
  return {
    kind, name, uid, resourceVersion, generation, deletingSince: deletionTimestamp, finalizers, managers,
    object: present ? resourceObject(kind, name, namespace, observed.object as Record<string, unknown>) : null,
  };
}

interface ManagedFieldsEntry { manager?: string; operation?: string; subresource?: string; time?: string; fieldsV1?: Record<string, unknown> }

/** The live object as an API server answers it, whole. */
export function itemOfAnswer(kind: string, live: Record<string, unknown>): LiveItem {
  const metadata = live['metadata'] as Record<string, unknown>;
  const managers = (metadata['managedFields'] ?? []) as ManagedFieldsEntry[];
  const name = String(metadata['name']);
  return {
    kind, name, uid: String(metadata['uid'] ?? ''), resourceVersion: String(metadata['resourceVersion'] ?? ''), generation: Number(metadata['generation'] ?? 0),
    deletingSince: (metadata['deletionTimestamp'] as string | undefined) ?? null, finalizers: (metadata['finalizers'] as string[] | undefined) ?? [],
    object: resourceObject(kind, name, String(metadata['namespace'] ?? 'default'), live),
    managers: managers.map(({ manager = '', operation, subresource, time, fieldsV1 }) => ({
      manager, operation: operation === 'Apply' ? 'Apply' : 'Update', fields: fieldsV1 ?? {}, ...(subresource && { subresource }), ...(time && { time }),
    })),
  };
}

function resourceObject(kind: string, name: string, namespace: string, body: Record<string, unknown>): ResourceObject {
  const descriptor = descriptorOf(kind);
  const metadata = (body['metadata'] ?? {}) as Record<string, unknown>;
  return {
    apiVersion: descriptor ? apiVersionOf(descriptor) : String(body['apiVersion'] ?? ''), kind,
    metadata: { name, namespace, labels: metadata['labels'] as Record<string, string>, annotations: metadata['annotations'] as Record<string, string> },
    spec: body['spec'] as ResourceObject['spec'],
  };
}

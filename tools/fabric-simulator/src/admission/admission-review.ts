import { defaultObject } from '../defaulting/default-object.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { refuseDelete } from '../refusal/refuse-delete.ts';
import { refuseObject } from '../refusal/refuse-object.ts';
import { jsonPatch } from './json-patch.ts';

/** What of an AdmissionReview request (admission.k8s.io/v1) is looked at. */
export interface AdmissionRequest {
  uid: string;
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  object: KubeObject | null;
  oldObject: KubeObject | null;
  dryRun?: boolean;
}

export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  patchType?: 'JSONPatch';
  /** Base64 of the JSON patch. */
  patch?: string;
  status?: { code: number; reason: string; message: string };
}

export function mutate(request: AdmissionRequest): AdmissionResponse {
  const { uid, object } = request;
  if (!object || object.metadata.deletionTimestamp) return { uid, allowed: true };
  const patch = jsonPatch(object, defaultObject(object));
  if (patch.length === 0) return { uid, allowed: true };
  return { uid, allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

/** The faults of a request as the fabric stands in the view; an object on its way out is no longer judged. */
export function faultsOf({ operation, object, oldObject }: AdmissionRequest, fabric: FabricView): string[] {
  if (operation === 'DELETE') return oldObject ? refuseDelete(oldObject, fabric) : [];
  if (!object || object.metadata.deletionTimestamp) return [];
  return refuseObject(object, fabric, operation === 'UPDATE' ? (oldObject ?? undefined) : undefined);
}

/** 403, as controller-runtime answers for a webhook whose validator returns an error. */
export function answer(uid: string, faults: string[]): AdmissionResponse {
  if (faults.length === 0) return { uid, allowed: true };
  return { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message: faults.join('; ') } };
}

import { jsonEquals, type KubeObject } from '../kube-object.ts';
import { fieldFault, type FieldFault } from '../status-error.ts';
import type { Resource } from './resource.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const TEXT = {
  subdomain:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  label:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  namePart:
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  labelValue:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
};

/** What is wrong with metadata, in a create (no `live`) or an update. */
export function metadataFaults(object: KubeObject, live: KubeObject | undefined, resource: Resource): FieldFault[] {
  const faults = [...nameFaults(object, resource), ...labelFaults(object)];
  if (live !== undefined) faults.push(...changeFaults(object, live));
  return faults;
}

function nameFaults(object: KubeObject, resource: Resource): FieldFault[] {
  const name = object.metadata.name ?? '';
  const field = 'metadata.name';
  if (name === '') return [fieldFault.required(field, 'name or generateName is required')];
  if (resource.pathNames === true) {
    return /[/%]/.test(name) || name === '.' || name === '..' ? [fieldFault.invalid(field, JSON.stringify(name), "may not contain '/'")] : [];
  }
  const [shape, text, limit] = resource.labelNames === true ? [LABEL, TEXT.label, 63] : [SUBDOMAIN, TEXT.subdomain, 253];
  const faults: FieldFault[] = [];
  if (name.length > limit) faults.push(fieldFault.invalid(field, JSON.stringify(name), `must be no more than ${limit} characters`));
  if (!shape.test(name)) faults.push(fieldFault.invalid(field, JSON.stringify(name), text));
  return faults;
}

function labelFaults(object: KubeObject): FieldFault[] {
  const faults: FieldFault[] = [];
  const refuse = (field: string, value: string, why: string) => faults.push(fieldFault.invalid(field, JSON.stringify(value), why));
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    checkQualifiedName(key, (why) => refuse('metadata.labels', key, why));
    if (value.length > 63) refuse('metadata.labels', value, 'must be no more than 63 bytes');
    if (!LABEL_VALUE.test(value)) refuse('metadata.labels', value, TEXT.labelValue);
  }
  for (const key of Object.keys(object.metadata.annotations ?? {})) {
    checkQualifiedName(key.toLowerCase(), (why) => refuse('metadata.annotations', key, why));
  }
  return faults;
}

function checkQualifiedName(key: string, refuse: (why: string) => void): void {
  const slash = key.lastIndexOf('/');
  const name = key.slice(slash + 1);
  if (slash >= 0 && !SUBDOMAIN.test(key.slice(0, slash))) refuse(`prefix part ${TEXT.subdomain}`);
  if (name === '') refuse('name part must be non-empty');
  else if (name.length > 63) refuse('name part must be no more than 63 bytes');
  if (!NAME_PART.test(name)) refuse(TEXT.namePart);
}

/** The real server finds these twice, once for metadata and once for the kind. */
function changeFaults(object: KubeObject, live: KubeObject): FieldFault[] {
  const faults: FieldFault[] = [];
  const uid = object.metadata.uid;
  if (uid !== undefined && uid !== live.metadata.uid) faults.push(fieldFault.invalid('metadata.uid', JSON.stringify(uid), 'field is immutable'));
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !(live.metadata.finalizers ?? []).includes(finalizer));
  if (live.metadata.deletionTimestamp !== undefined && added.length > 0) {
    const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
    faults.push(fieldFault.forbidden('metadata.finalizers', why));
  }
  return faults.flatMap((fault) => [fault, fault]);
}

/** Names of finalizers without a domain, which the server warns of. */
export function finalizerWarnings(object: KubeObject, live: KubeObject | undefined): string[] {
  const finalizers = object.metadata.finalizers ?? [];
  if (jsonEquals(finalizers, live?.metadata.finalizers)) return [];
  return finalizers
    .filter((finalizer) => !finalizer.includes('/') && !['foregroundDeletion', 'orphan', 'kubernetes'].includes(finalizer))
    .map(
      (finalizer) =>
        `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    );
}

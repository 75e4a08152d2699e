import type { JsonObject } from './kube-object.ts';

export interface StatusCause extends JsonObject {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails extends JsonObject {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** A failure that is answered as a `v1.Status`. Reasons and messages are those of kube-apiserver 1.33. */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string | undefined,
    message: string,
    readonly details?: StatusDetails,
    readonly listMeta: JsonObject = {},
  ) {
    super(message);
  }

  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.listMeta,
      status: 'Failure',
      message: this.message,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** What a resource is called in error texts. `group` is '' for core resources. */
export interface ResourceName {
  group: string;
  resource: string;
  kind: string;
}

export function qualified(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf(group: string, kind: string, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), ...(kind === '' ? {} : { kind }) };
}

export function notFound(of: ResourceName, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(of.resource, of.group)} "${name}" not found`, detailsOf(of.group, of.resource, name));
}

export function alreadyExists(of: ResourceName, name: string, prefix = ''): StatusError {
  const message = `${prefix}${qualified(of.resource, of.group)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(of.group, of.resource, name));
}

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(of: ResourceName, name: string, why: string = MODIFIED, noun: string = of.resource): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(noun, of.group)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, detailsOf(of.group, noun, name));
}

export function forbidden(of: ResourceName, name: string, why: string, causes?: StatusCause[]): StatusError {
  const subject = name === '' ? qualified(of.resource, of.group) : `${qualified(of.resource, of.group)} "${name}"`;
  const details = detailsOf(of.group, of.resource, name);
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, causes === undefined ? details : { ...details, causes });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** Plain client mistakes that the real server answers with a bare 500. */
export function unexplained(message: string): StatusError {
  return new StatusError(500, undefined, message);
}

export function unsupportedMediaType(accepted: string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function tooManyRequests(message: string): StatusError {
  return new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds: 1 });
}

export function expired(message: string, listMeta: JsonObject = {}): StatusError {
  return new StatusError(410, 'Expired', message, undefined, listMeta);
}

/** One fault of a field, in the words of the real server. */
export interface FieldFault {
  reason:
    | 'FieldValueInvalid'
    | 'FieldValueTypeInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueDuplicate';
  field: string;
  message: string;
}

export const fieldFault = {
  invalid: (field: string, value: string, why: string): FieldFault => ({
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: ${value}${why === '' ? '' : `: ${why}`}`,
  }),
  required: (field: string, why = ''): FieldFault => ({
    reason: 'FieldValueRequired',
    field,
    message: why === '' ? 'Required value' : `Required value: ${why}`,
  }),
  notSupported: (field: string, value: string, supported: string[]): FieldFault => ({
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${value}: supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`,
  }),
  forbidden: (field: string, why: string): FieldFault => ({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` }),
};

/** 422. The message names each fault once, `causes` lists all of them, as the real server does. */
export function invalid(kind: string, group: string, name: string, faults: FieldFault[]): StatusError {
  const texts = [...new Set(faults.map((fault) => `${fault.field}: ${fault.message}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const causes = faults.map(({ reason, message, field }) => ({ reason, message, field }));
  return new StatusError(422, 'Invalid', `${qualified(kind, group)} "${name}" is invalid: ${list}`, {
    ...detailsOf(group, kind, name),
    causes,
  });
}

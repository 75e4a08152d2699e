/** What an API server answered: the status and the body, parsed when it is JSON. */
export interface KubeAnswer {
  readonly status: number;
  /** A JSON value, or the text as it stands. */
  readonly body: unknown;
  /** From the Retry-After header; null when there was none. */
  readonly retryAfterSeconds: number | null;
}

/** A live object, as far as k8s-sync looks into it. */
export interface LiveObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: LiveMetadata;
  readonly [field: string]: unknown;
}

export interface LiveMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly creationTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** The `Status` object of a refusal. */
export interface KubeStatus {
  readonly reason?: string;
  readonly message: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

/** The Status that an answer holds, or null for text (e.g. the plain '404 page not found' of an unknown path). */
export function statusOf(answer: KubeAnswer): KubeStatus | null {
  const body = answer.body;
  if (typeof body !== 'object' || body === null || (body as { kind?: unknown }).kind !== 'Status') return null;
  const message = (body as { message?: unknown }).message;
  return { ...(body as KubeStatus), message: typeof message === 'string' ? message : '' };
}

/** The object that a successful answer holds, or null when it is a Status (a delete that is complete). */
export function objectOf(answer: KubeAnswer): LiveObject | null {
  const body = answer.body as LiveObject | null;
  if (typeof body !== 'object' || body === null || typeof body.metadata !== 'object' || body.kind === 'Status') return null;
  return typeof body.metadata.name === 'string' ? body : null;
}

/** What the server said, shortened for people. */
export function messageOf(answer: KubeAnswer): string {
  const said = statusOf(answer)?.message ?? (typeof answer.body === 'string' ? answer.body.trim() : '');
  return (said === '' ? `HTTP ${answer.status}` : said).slice(0, 2_000);
}

import type { Finding, SourceDocument, SourceFile } from '@heddle/contracts';
import { apiVersionOf, contentHash, descriptorOf, type ResourceObject } from '@heddle/hedgehog';

/** A document as the fabric keeps it. */
export interface ReadDocument {
  path: string;
  index: number;
  blob: string;
  line: number | null;
  /**
   * `ok`: an object to manage. `unreadable`: what it says can't be known, so objects of its file are held and nothing
   * is pruned: also where it means an object of Hedgehog's under a version, kind or namespace that there is not.
   * `ignored`: readable, and no object that Heddle manages.
   */
  status: 'ok' | 'unreadable' | 'ignored';
  kind: string | null;
  name: string | null;
  rawHash: string | null;
  object: ResourceObject | null;
  findings: Finding[];
}

/** Index of the entry that stands for a file which can't be read as a whole. */
export const WHOLE_FILE = -1;

/** The documents of a file, judged one by one; a file that can't be read is one unreadable entry. */
export function readFile(file: SourceFile): ReadDocument[] {
  const blob = file.blob ?? '';
  const whole = file.findings.map((finding): Finding => ({ ...finding, path: file.path }));
  const documents = file.documents.map((document) => readDocument(file.path, blob, document));
  if (whole.length === 0) return documents;
  const unreadable = file.documents.length === 0 || whole.some(({ severity }) => severity === 'error');
  return [...documents, {
    path: file.path, index: WHOLE_FILE, blob, line: null, status: unreadable ? 'unreadable' : 'ignored', kind: null, name: null, rawHash: null, object: null, findings: whole,
  }];
}

function readDocument(path: string, blob: string, document: SourceDocument): ReadDocument {
  const object = document.object as ResourceObject | null;
  const kind = textOf(object?.kind) ?? document.kind ?? null;
  const name = textOf(object?.metadata?.name) ?? document.name ?? null;
  const place = { path, document: document.index, line: document.line, ...(kind !== null && { kind }), ...(name !== null && { name }) };
  const findings = document.findings.map((finding): Finding => ({ ...place, ...finding, path }));
  const read = (status: ReadDocument['status'], finding?: Omit<Finding, keyof typeof place>): ReadDocument => ({
    path, index: document.index, blob, line: document.line, status, kind, name,
    rawHash: status === 'ok' ? contentHash(object) : null, object: status === 'ok' ? object : null,
    findings: finding ? [...findings, { ...finding, ...place }] : findings,
  });
  if (!object) {
    return findings.length > 0 ? read('unreadable') : read('unreadable', { rule: 'document-unreadable', severity: 'error', message: 'The document can\'t be read.', remedy: 'Correct the document.' });
  }
  const refusal = refusalOf(object);
  return refusal ? read(refusal.status, refusal.finding) : read('ok');
}

type Refusal = { status: 'unreadable' | 'ignored'; finding: Pick<Finding, 'rule' | 'severity' | 'message' | 'remedy' | 'field'> };

/** Why the document is no object that Heddle manages; null when it is one. */
function refusalOf(object: ResourceObject): Refusal | null {
  const apiVersion = textOf(object.apiVersion);
  const kind = textOf(object.kind);
  if (!apiVersion || !kind) {
    return refuse('unreadable', 'not-an-object', 'error', 'The document has no apiVersion or no kind.', 'Add apiVersion and kind, or move the file out of the fabric\'s directory.', apiVersion ? 'kind' : 'apiVersion');
  }
  const unmanaged = kindRefusal(apiVersion, kind);
  if (unmanaged) return unmanaged;
  if (!textOf(object.metadata?.name)) return refuse('unreadable', 'name-missing', 'error', `The ${kind} has no name.`, 'Add metadata.name.', 'metadata.name');
  const namespace = object.metadata.namespace;
  if (namespace && namespace !== 'default') {
    return refuse('unreadable', 'namespace-not-default', 'error', `${kind} ${object.metadata.name} is in namespace ${namespace}; Hedgehog accepts only default.`, 'Remove metadata.namespace or write default.', 'metadata.namespace');
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

import type { Finding, SourceDocument, SourceFile } from '@heddle/contracts';
import { contentHash, refuseDocument, type ResourceObject } from '@heddle/hedgehog';

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
  const refusal = refuseDocument({ ...object });
  return refusal ? read(refusal.status, refusal.finding) : read('ok');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

import type { Finding, Release, SourceDocument } from '@heddle/contracts';
import { checkTogether, duplicateFinding, normalise, type NormalisedObject, refuseDocument, type ResourceObject } from '@heddle/hedgehog';
import type { FileReading } from '@heddle/manifests';

/** A document that was looked at. */
export interface CheckedDocument { path: string; index: number; line: number; kind: string | null; name: string | null; findings: Finding[] }

type Readable = CheckedDocument & { object: NormalisedObject };

/** What is wrong with the files of a directory, document by document; a file that can't be read is one entry without kind. */
export function checkDirectory(files: readonly FileReading[], release?: Release): CheckedDocument[] {
  const documents = files.flatMap((file) => [
    ...(file.findings.length > 0 ? [{ path: file.path, index: 0, line: 1, kind: null, name: null, findings: file.findings }] : []),
    ...file.documents.map((document) => read(file.path, document)),
  ]);
  const readable = documents.filter((document): document is Readable => 'object' in document);
  const first = new Map<string, Readable>();
  for (const document of readable) {
    const key = `${document.kind}/${document.name}`;
    const other = first.get(key);
    if (other) document.findings.push(duplicateFinding({ kind: document.kind ?? '', name: document.name ?? '' }, other, document));
    else first.set(key, document);
  }
  for (const finding of checkTogether([...first.values()].map(({ object }) => object), release === undefined ? {} : { release })) {
    const document = first.get(`${finding.kind}/${finding.name}`);
    document?.findings.push({ ...finding, path: document.path, document: document.index, line: document.line });
  }
  return documents;
}

function read(path: string, { index, line, object, kind, name, findings }: SourceDocument): CheckedDocument | Readable {
  const told = { path, index, line, kind: kind ?? null, name: name ?? null, findings: [...findings] };
  if (!object) return told;
  const raw = object as unknown as ResourceObject;
  const identity = { kind: typeof raw.kind === 'string' ? raw.kind : told.kind, name: typeof raw.metadata?.name === 'string' ? raw.metadata.name : told.name };
  const refusal = refuseDocument(object);
  if (!refusal) return { ...told, ...identity, object: normalise(raw) };
  const where = { path, document: index, line, ...(identity.kind && { kind: identity.kind }), ...(identity.name && { name: identity.name }) };
  return { ...told, ...identity, findings: [...told.findings, { ...refusal.finding, ...where }] };
}

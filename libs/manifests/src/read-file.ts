import type { Finding, SourceDocument } from '@heddle/contracts';
import type { ReadLimits } from './read-limits.ts';
import { readDocument } from './read-document.ts';
import { sourceFinding, type SourceRule } from './source-finding.ts';
import { splitDocuments, type DocumentText } from './split-documents.ts';

/** A file as it lies in Git. */
export interface FileText {
  path: string;
  bytes: Uint8Array;
}

/** What a file says: documents, or a finding about the whole file, which is then held. */
export interface FileReading {
  path: string;
  findings: Finding[];
  documents: SourceDocument[];
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Reads a file of YAML or JSON; never throws for what is in it. */
export function readFile({ path, bytes }: FileText, limits: ReadLimits): FileReading {
  const held = (rule: SourceRule, message: string): FileReading => ({ path, findings: [sourceFinding(rule, message, { path })], documents: [] });
  if (bytes.length > limits.fileBytes) return held('file-too-large', `The file has ${bytes.length} bytes; at most ${limits.fileBytes} are read.`);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return held('not-utf-8', 'The file is not UTF-8.');
  }
  if (text.includes('\u0000')) return held('not-utf-8', 'The file holds NUL characters.');
  if (text.startsWith(LFS_POINTER)) return held('lfs-pointer', 'The file is a pointer of Git LFS, not the manifest itself.');
  const parts = splitDocuments(text);
  if (parts.length > limits.documentsPerFile) return held('too-many-documents', `The file has ${parts.length} documents; at most ${limits.documentsPerFile} are read.`);
  const documents = parts.map((part) => readSafely(path, part, limits)).filter((document) => document !== null);
  return { path, findings: [], documents };
}

/** Ten thousand opening brackets exhaust the stack of any parser: that is the document's fault, and named so. */
function readSafely(path: string, part: DocumentText, limits: ReadLimits): SourceDocument | null {
  try {
    return readDocument(path, part, limits);
  } catch (error) {
    const where = { path, document: part.index, line: part.firstLine };
    const finding = error instanceof RangeError
      ? sourceFinding('too-deep', 'The document is nested too deeply to be read.', where)
      : sourceFinding('yaml-syntax', `The document cannot be read: ${String(error).slice(0, 200)}.`, where);
    return { index: part.index, line: part.firstLine, object: null, findings: [finding] };
  }
}

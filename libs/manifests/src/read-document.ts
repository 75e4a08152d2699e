import { LineCounter, isMap, isScalar, parseDocument, type Document } from 'yaml';
import type { Finding, SourceDocument } from '@heddle/contracts';
import { ambiguousScalars } from './ambiguous-scalars.ts';
import type { ReadLimits } from './read-limits.ts';
import { sourceFinding, type SourceRule } from './source-finding.ts';
import type { DocumentText } from './split-documents.ts';

const AMBIGUOUS_SHOWN = 20;
const ERRORS_SHOWN = 5;
/** Messages have a hundred levels at most, of which their envelope takes some. */
const DEEPEST = 80;

/**
 * Reads one document as JSON; null when it is empty. `object` is null exactly when a finding of severity error says
 * why: what can't be read for certain is never applied.
 * @throws RangeError for nesting that no parser's stack holds
 */
export function readDocument(path: string, document: DocumentText, limits: ReadLimits): SourceDocument | null {
  const lines = new LineCounter();
  const parsed = parseDocument(document.text, { version: '1.2', schema: 'core', merge: true, uniqueKeys: true, strict: true, prettyErrors: false, lineCounter: lines, logLevel: 'silent' });
  // Where the stack ends inside the parser it tells so as one or more errors of syntax, elsewhere it throws.
  if (parsed.errors.some(({ message }) => message.startsWith('Maximum call stack'))) throw new RangeError('The parser ran out of stack.');
  const lineAt = (offset: number) => document.firstLine + Math.max(lines.linePos(offset).line, 1) - 1;
  if (parsed.errors.length === 0 && isEmpty(parsed)) return null;
  const line = lineAt(parsed.contents?.range?.[0] ?? 0);
  const told = tellIdentity(document.text);
  const findings: Finding[] = [];
  const complain = (rule: SourceRule, message: string, at: number = line, field?: string) =>
    findings.push(sourceFinding(rule, message, { path, document: document.index, line: at, ...told, ...(field ? { field } : {}) }));

  const object = readObject(parsed, limits, lines, lineAt, complain);
  const readable = object !== null && !findings.some((finding) => finding.severity === 'error');
  return { index: document.index, line, object: readable ? object : null, ...told, findings };
}

type Complain = (rule: SourceRule, message: string, line?: number, field?: string) => void;

function readObject(parsed: Document.Parsed, limits: ReadLimits, lines: LineCounter, lineAt: (offset: number) => number, complain: Complain): Record<string, unknown> | null {
  for (const error of parsed.errors.slice(0, ERRORS_SHOWN)) {
    const at = lineAt(error.pos[0]);
    const column = lines.linePos(error.pos[0]).col;
    complain(error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax', `${error.message.replaceAll('\n', ' ').slice(0, 300)} (line ${at}, column ${column})`, at);
  }
  if (parsed.errors.length > 0) return null;
  for (const warning of parsed.warnings.slice(0, ERRORS_SHOWN)) {
    complain('unknown-tag', `${warning.message.replaceAll('\n', ' ').slice(0, 300)}`, lineAt(warning.pos[0]));
  }
  if (!isMap(parsed.contents)) {
    complain('not-an-object', 'The document is not an object.');
    return null;
  }
  for (const scalar of ambiguousScalars(parsed, AMBIGUOUS_SHOWN)) {
    complain('ambiguous-scalar', `${scalar.field || 'A value'}: '${scalar.source.slice(0, 60)}' is ambiguous: ${scalar.reason}.`, lineAt(scalar.offset), scalar.field);
  }
  const object = expand(parsed, limits, complain);
  if (object !== null) checkHead(object, complain);
  return object;
}

function expand(parsed: Document.Parsed, limits: ReadLimits, complain: Complain): Record<string, unknown> | null {
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: limits.aliases });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    complain(/alias/i.test(message) ? 'too-many-aliases' : 'yaml-syntax', `${message.slice(0, 300)}.`);
    return null;
  }
  const size = jsonSize(value, limits.documentBytes);
  if (size <= limits.documentBytes) {
    if (isTooDeep(value, DEEPEST)) complain('too-deep', `The document is nested deeper than ${DEEPEST} levels.`);
    else if (!everyText(value, isStorable)) complain('unstorable-text', 'A text has a NUL character or half a surrogate pair, which neither the API server nor Heddle can store.');
    else if (namesPrototype(value)) complain('reserved-key', `A key is '__proto__', which programs take for something else than a field.`);
    else return value as Record<string, unknown>;
    return null;
  }
  complain('document-too-large', `The document has more than ${limits.documentBytes} bytes as JSON.`);
  return null;
}

function checkHead(object: Record<string, unknown>, complain: Complain): void {
  const { apiVersion, kind, metadata } = object;
  // It has no name and is no object of a cluster; that it is not carried out is worth a warning, not a hold.
  if (isText(apiVersion) && apiVersion.startsWith('kustomize.config.k8s.io/')) return complain('kustomization', 'A kustomization is not carried out.');
  if (!isText(apiVersion)) complain('missing-api-version', 'apiVersion is missing or no text.', undefined, 'apiVersion');
  if (!isText(kind)) return complain('missing-kind', 'kind is missing or no text.', undefined, 'kind');
  if (kind.endsWith('List') && Array.isArray(object['items'])) return complain('list-kind', `${kind} is a list of objects.`, undefined, 'kind');
  const name = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>)['name'] : undefined;
  if (!isText(name)) complain('missing-name', 'metadata.name is missing or no text.', undefined, 'metadata.name');
  return undefined;
}

/** Kind and name by a tolerant look at the lines, good enough to say which object is held. */
function tellIdentity(text: string): { kind?: string; name?: string } {
  const kind = /^(?:"kind"|'kind'|kind)\s*:\s*["']?([A-Za-z][A-Za-z0-9]{0,62})["']?\s*(?:#.*)?$/m.exec(text)?.[1]
    ?? /"kind"\s*:\s*"([A-Za-z][A-Za-z0-9]{0,62})"/.exec(text)?.[1];
  const block = /^metadata\s*:[ \t]*(?:#.*)?\n((?:[ \t]+.*\n?|\s*\n)*)/m.exec(text)?.[1];
  const name = (block === undefined ? undefined : topLevelName(block))
    ?? /^metadata\s*:\s*\{[^}]*\bname\s*:\s*["']?([A-Za-z0-9][A-Za-z0-9.-]{0,252})/m.exec(text)?.[1]
    ?? /"metadata"\s*:\s*\{[^{}]*"name"\s*:\s*"([A-Za-z0-9][A-Za-z0-9.-]{0,252})"/.exec(text)?.[1];
  return { ...(kind ? { kind } : {}), ...(name ? { name } : {}) };
}

/** The name at the indentation of metadata's first field: not one of a label or an owner. */
function topLevelName(block: string): string | undefined {
  const indent = /^([ \t]+)\S/m.exec(block)?.[1];
  if (indent === undefined) return undefined;
  const line = block.split('\n').find((each) => each.startsWith(`${indent}name:`));
  return line === undefined ? undefined : /:\s*["']?([A-Za-z0-9][A-Za-z0-9.-]{0,252})["']?\s*(?:#.*)?$/.exec(line)?.[1];
}

function isEmpty(parsed: Document.Parsed): boolean {
  return parsed.contents === null || (isScalar(parsed.contents) && parsed.contents.value === null && !parsed.contents.source);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** PostgreSQL's jsonb takes neither, and one such text must not keep the rest of a revision from being stored. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isTooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isTooDeep(child, levels - 1));
}

function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}

function everyText(value: unknown, holds: (text: string) => boolean): boolean {
  if (typeof value === 'string') return holds(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, child]) => holds(key) && everyText(child, holds));
}

/** Bytes as JSON, given up past the limit: an expanded alias would otherwise fill the memory before it is measured. */
function jsonSize(value: unknown, limit: number): number {
  let size = 0;
  const stack: unknown[] = [value];
  while (stack.length > 0 && size <= limit) {
    const next = stack.pop();
    if (typeof next === 'object' && next !== null) {
      for (const [key, child] of Object.entries(next)) {
        size += Array.isArray(next) ? 1 : Buffer.byteLength(JSON.stringify(key)) + 2;
        stack.push(child);
      }
      size += 2;
    } else {
      size += typeof next === 'string' ? Buffer.byteLength(JSON.stringify(next)) : String(next).length;
    }
  }
  return size;
}

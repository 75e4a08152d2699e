import type { Finding } from '@heddle/contracts';

/** Where a document stands. */
export interface DocumentPlace {
  readonly path: string;
  /** Position within the file, from 0. */
  readonly index: number;
  readonly line: number | null;
}

/** That one object stands in two documents; it is told at the second. */
export function duplicateFinding({ kind, name }: { kind: string; name: string }, first: DocumentPlace, second: DocumentPlace): Finding {
  return {
    rule: 'duplicate-object', severity: 'error', kind, name, path: second.path, document: second.index, ...(second.line !== null && { line: second.line }),
    message: `${kind} ${name} stands twice: in ${written(first)} and in ${written(second)}.`,
    remedy: 'Remove one of the two; until then its last good version is kept.',
  };
}

function written({ path, line }: DocumentPlace): string {
  return line === null ? path : `${path}:${line}`;
}

import type { Finding } from '@heddle/contracts';

/** A finding with the place that a person opens. */
export interface LocatedFinding extends Finding { path: string; line: number; column: number }

/** What a validation found. */
export interface Report {
  /** The directory as it was named. */
  directory: string;
  files: number;
  /** Documents in the order of files, each with its findings. */
  documents: { path: string; line: number; kind: string | null; name: string | null; findings: LocatedFinding[] }[];
}

export const findingsOf = ({ documents }: Report): LocatedFinding[] => documents.flatMap(({ findings }) => findings);

/** `file:line:column`, the rule, what is wrong and what to do, as compilers print it. */
export function renderText(report: Report): string {
  const findings = findingsOf(report);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const lines = findings.map(({ path, line, column, severity, rule, message, remedy, kind, name, field }) =>
    `${path}:${line}:${column}: ${severity}: ${kind ? `${kind}/${name ?? '?'}: ` : ''}${message}${field ? ` (${field})` : ''} [${rule}]\n    ${remedy}`);
  const counted = `${report.documents.length} documents in ${report.files} files`;
  return [...lines, findings.length === 0 ? `${counted}: no findings.` : `${counted}: ${errors} errors, ${findings.length - errors} warnings.`].join('\n');
}

/** What a program reads. */
export function renderJson(report: Report): string {
  const { directory, files, documents } = report;
  return JSON.stringify({ directory, files, documents: documents.length, findings: findingsOf(report) }, null, 2);
}

import type { LocatedFinding, Report } from './report.ts';

/** JUnit XML: a suite for each file, a test for each document, failed by its findings; warnings fail it only if `strict`. */
export function renderJunit(report: Report, strict: boolean): string {
  const fails = ({ severity }: LocatedFinding): boolean => strict || severity === 'error';
  const suites = [...Map.groupBy(report.documents, ({ path }) => path)].map(([path, documents]) => {
    const cases = documents.map(({ kind, name, line, findings }) => {
      const title = kind ? `${kind}/${name ?? '?'}` : 'the file';
      const failures = findings.filter(fails);
      const failure = failures.length === 0 ? '' : `<failure type="${escape(failures[0]?.rule ?? '')}" message="${escape(failures[0]?.message ?? '')}">${escape(failures.map(textOf).join('\n'))}</failure>`;
      const others = findings.filter((finding) => !fails(finding));
      const output = others.length === 0 ? '' : `<system-out>${escape(others.map(textOf).join('\n'))}</system-out>`;
      return `    <testcase classname="${escape(path)}" name="${escape(`${title} (line ${line})`)}" file="${escape(path)}" line="${line}" time="0">${failure}${output}</testcase>`;
    });
    const failed = documents.filter(({ findings }) => findings.some(fails)).length;
    return { count: documents.length, failed, text: `  <testsuite name="${escape(path)}" tests="${documents.length}" failures="${failed}" errors="0" skipped="0" time="0">\n${cases.join('\n')}\n  </testsuite>` };
  });
  const sum = (of: (suite: (typeof suites)[number]) => number): number => suites.reduce((total, suite) => total + of(suite), 0);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="heddle validate" tests="${sum(({ count }) => count)}" failures="${sum(({ failed }) => failed)}" errors="0" time="0">\n${suites.map(({ text }) => text).join('\n')}\n</testsuites>`;
}

function textOf({ path, line, column, rule, message, remedy }: LocatedFinding): string {
  return `${path}:${line}:${column}: ${message} [${rule}]\n    ${remedy}`;
}

/** Characters that XML 1.0 can't hold are left out. */
function escape(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

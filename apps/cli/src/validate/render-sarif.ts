import { createHash } from 'node:crypto';
import { RULES } from '@heddle/hedgehog';
import { findingsOf, type LocatedFinding, type Report } from './report.ts';

/** SARIF 2.1.0, as GitHub and GitLab show it beside the changed lines. */
export function renderSarif(report: Report): string {
  const findings = findingsOf(report);
  const ids = [...new Set(findings.map(({ rule }) => rule))].toSorted();
  return JSON.stringify({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'heddle', rules: ids.map((id) => ruleOf(id, findings)) } },
      columnKind: 'utf16CodeUnits',
      results: findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule))),
    }],
  }, null, 2);
}

function ruleOf(id: string, findings: readonly LocatedFinding[]) {
  const known = RULES.find((rule) => rule.id === id);
  const first = findings.find(({ rule }) => rule === id) as LocatedFinding;
  return {
    id, shortDescription: { text: known?.text ?? id.replaceAll('-', ' ') }, help: { text: known?.remedy ?? first.remedy },
    defaultConfiguration: { level: known?.severity ?? first.severity },
  };
}

function resultOf({ rule, severity, message, remedy, path, line, column, kind, name, field }: LocatedFinding, ruleIndex: number) {
  return {
    ruleId: rule, ruleIndex, level: severity, message: { text: `${message}. ${remedy}.` },
    locations: [{
      physicalLocation: { artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') }, region: { startLine: line, startColumn: column } },
      ...(kind && { logicalLocations: [{ fullyQualifiedName: `${kind}/${name ?? ''}${field ? ` ${field}` : ''}`, kind: 'object' }] }),
    }],
    // The same fault keeps its identity when lines move.
    partialFingerprints: { 'heddle/v1': createHash('sha256').update(JSON.stringify([rule, path, kind, name, field, message])).digest('hex') },
  };
}

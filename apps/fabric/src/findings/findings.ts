import type { Finding, ObjectRef } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { ObjectSet } from '../resources/object-ref.ts';

/** Where a finding comes from, and with it when it is replaced. */
export type FindingSource = 'document' | 'duplicate' | 'object' | 'directory' | 'agent' | 'live';

/** Of a finding row: it is about what Git asks for. What the switches tell of and what lives otherwise keeps nothing from being applied. */
export const ABOUT_GIT = `source not in ('agent', 'live')`;

/** Of a finding row with its fabric as `f`: it has lasted, and counts. */
export const PAST_GRACE = `finding.since <= now() - make_interval(secs => f.compliance_grace_seconds)`;

const COLUMNS = 'rule, severity, message, remedy, field, kind, name, path, document, line';

/** As they are listed: with where they come from and since when. */
export const SHOWN_COLUMNS = `${COLUMNS}, source, since`;

export async function insertFindings(tx: EntityManager, fabricId: string, source: FindingSource, findings: readonly Finding[]): Promise<void> {
  if (findings.length === 0) return;
  await tx.query(
    `insert into finding (fabric_id, source, ${COLUMNS})
     select $1, $2, t.* from jsonb_to_recordset($3::jsonb) as t(rule text, severity text, message text, remedy text, field text, kind text, name text, path text, document int, line int)`,
    [fabricId, source, JSON.stringify(findings)]);
}

/** The findings of these files' documents, anew. */
export async function replaceDocumentFindings(tx: EntityManager, fabricId: string, paths: readonly string[], findings: readonly Finding[]): Promise<void> {
  await tx.query(`delete from finding where fabric_id = $1 and source = 'document' and path = any($2::text[])`, [fabricId, paths]);
  await insertFindings(tx, fabricId, 'document', findings);
}

/** The findings of one source about these objects, anew. */
export async function replaceObjectFindings(tx: EntityManager, fabricId: string, source: 'duplicate' | 'object', keys: ObjectSet, findings: readonly Finding[]): Promise<void> {
  await tx.query(
    `delete from finding f using jsonb_to_recordset($3::jsonb) as k(kind text, name text) where f.fabric_id = $1 and f.source = $2 and f.kind = k.kind and f.name = k.name`,
    [fabricId, source, keys.json()]);
  await insertFindings(tx, fabricId, source, findings);
}

/** What is wrong with these objects as they live, anew; what held before keeps its time. */
export async function replaceLiveFindings(tx: EntityManager, fabricId: string, keys: ObjectSet, findings: readonly Finding[]): Promise<void> {
  const before = await rowsOf<Finding & { began: Date }>(tx,
    `delete from finding f using jsonb_to_recordset($2::jsonb) as k(kind text, name text) where f.fabric_id = $1 and f.source = 'live' and f.kind = k.kind and f.name = k.name
     returning f.kind, f.name, f.rule, f.field, f.since as began`, [fabricId, keys.json()]);
  if (findings.length === 0) return;
  const keyOf = ({ kind, name, rule, field }: Pick<Finding, 'kind' | 'name' | 'rule' | 'field'>): string => JSON.stringify([kind, name, rule, field ?? null]);
  const since = new Map(before.map((row) => [keyOf(row), row.began.toISOString()]));
  await tx.query(
    `insert into finding (fabric_id, source, rule, severity, message, remedy, field, kind, name, since)
     select $1, 'live', t.rule, t.severity, t.message, t.remedy, t.field, t.kind, t.name, coalesce(t.since, now())
     from jsonb_to_recordset($2::jsonb) as t(rule text, severity text, message text, remedy text, field text, kind text, name text, since timestamptz)`,
    [fabricId, JSON.stringify(findings.map((finding) => ({ ...finding, since: since.get(keyOf(finding)) })))]);
}

export async function replaceDirectoryFindings(tx: EntityManager, fabricId: string, findings: readonly Finding[]): Promise<void> {
  await tx.query(`delete from finding where fabric_id = $1 and source = 'directory'`, [fabricId]);
  await insertFindings(tx, fabricId, 'directory', findings);
}

/** A row as the contract has it: what is absent has no key. */
export function findingOf(row: Record<string, unknown>): Finding {
  const shown = row['since'] instanceof Date ? { ...row, since: row['since'].toISOString() } : row;
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null)) as unknown as Finding;
}

/** The first findings about what Git asks for, errors first. */
export async function firstFindings(tx: EntityManager, fabricId: string, limit: number): Promise<{ findings: Finding[]; total: number }> {
  const rows = await rowsOf(tx, `select ${COLUMNS} from finding where fabric_id = $1 and ${ABOUT_GIT} order by severity, id limit $2`, [fabricId, limit]);
  const [count] = await rowsOf<{ total: string }>(tx, `select count(*) as total from finding where fabric_id = $1 and ${ABOUT_GIT}`, [fabricId]);
  return { findings: rows.map(findingOf), total: Number(count?.total ?? 0) };
}

export async function findingsOf(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<Finding[]> {
  return (await rowsOf(tx, `select ${SHOWN_COLUMNS} from finding where fabric_id = $1 and kind = $2 and name = $3 order by severity, id`, [fabricId, kind, name])).map(findingOf);
}

import { createHash, randomUUID } from 'node:crypto';
import type { Finding, FieldManager, MessageData, SourceFile } from '@heddle/contracts';
import { descriptorOf } from '@heddle/hedgehog';
import { AgentService } from '../src/convergence/agent.service.ts';
import { SignalService } from '../src/fabrics/signal.service.ts';
import { ObservationService } from '../src/observations/observation.service.ts';
import { OutcomeService } from '../src/operations/outcome.service.ts';
import { RevisionService } from '../src/revisions/revision.service.ts';
import type { FabricBench } from './fabric-bench.ts';

export type Document = Record<string, unknown> | { broken: string; kind?: string; name?: string };

/** A file of documents: objects, or `{ broken }` for one that can't be read. */
export function file(path: string, ...documents: Document[]): SourceFile {
  const blob = createHash('sha1').update(path + JSON.stringify(documents)).digest('hex');
  return {
    path, blob, part: 1, parts: 1, findings: [],
    documents: documents.map((document, index) => ('broken' in document
      ? { index, line: index * 10 + 1, object: null, findings: [finding('yaml-syntax', String(document.broken))], ...(document['kind'] ? { kind: String(document['kind']), name: String(document['name']) } : {}) }
      : { index, line: index * 10 + 1, object: document, findings: [] })),
  };
}

export function removed(path: string): SourceFile {
  return { path, blob: null, part: 1, parts: 1, findings: [], documents: [] };
}

/** A file that can't be read as a whole. */
export function unreadable(path: string, rule = 'not-utf-8'): SourceFile {
  return { path, blob: 'b', part: 1, parts: 1, findings: [finding(rule, 'The file can\'t be read.')], documents: [] };
}

function finding(rule: string, message: string): Finding {
  return { rule, severity: 'error', message, remedy: 'Correct it.' };
}

export interface Push { from: string | null; to: string | null; files?: SourceFile[]; totalFiles?: number; generation?: number; chunks?: number }

/** The messages by which git-sync tells of a push, one a chunk. */
export function revisionOf(fabricId: string, { from, to, files = [], totalFiles = 10, generation = 1, chunks = 1 }: Push): MessageData<'revision.observed'>[] {
  const commit = { id: `commit-${to}`, author: 'Ada', email: 'ada@example.org', subject: 'Change', committedAt: '2026-01-01T00:00:00.000Z' };
  return Array.from({ length: chunks }, (_, index) => ({
    fabricId, repositoryId: '00000000-0000-4000-8000-000000000001', generation, branch: 'main', directory: 'lab', commit, fromTree: from, toTree: to, totalFiles,
    chunk: index + 1, chunks, files: files.filter((_file, at) => at % chunks === index),
  }));
}

export async function push(bench: FabricBench, fabricId: string, what: Push): Promise<void> {
  for (const chunk of revisionOf(fabricId, what)) await bench.handle((tx) => bench.get(RevisionService).observe(tx, chunk, bench.now()));
}

const HEDDLE: FieldManager = { manager: 'heddle', operation: 'Apply', fields: { 'f:spec': { 'f:subnets': {} } } };
export const KUBECTL: FieldManager = { manager: 'kubectl-edit', operation: 'Update', fields: { 'f:spec': { 'f:subnets': { 'f:default': { 'f:vlan': {} } }, 'f:description': {} } } };

export interface Seen { kind: string; name: string; spec: Record<string, unknown>; uid?: string; version: number; generation?: number; managers?: FieldManager[]; gone?: boolean }

let sequence = 100;

/** A message of a watch; sequences rise by themselves. */
export function observed(fabricId: string, kind: string, items: Seen[], how: { mode?: 'snapshot' | 'changes'; sequence?: number; epoch?: number; version?: number; now: Date; snapshot?: MessageData<'objects.observed'>['snapshot'] }): MessageData<'objects.observed'> {
  const mode = how.mode ?? 'changes';
  return {
    fabricId, kind, mode, watchEpoch: how.epoch ?? 1, sequence: how.sequence ?? (sequence += 1), resourceVersion: String(how.version ?? 1), observedAt: how.now.toISOString(),
    ...(mode === 'snapshot' && { snapshot: how.snapshot ?? { id: randomUUID(), chunk: 1, chunks: 1 } }),
    items: items.map(({ name, spec, uid, version, generation, managers, gone }) => ({
      change: gone ? 'deleted' as const : 'present' as const, name, namespace: 'default', uid: uid ?? `uid-${kind}-${name}`, resourceVersion: String(version), generation: generation ?? 1,
      deletionTimestamp: null, finalizers: [], object: gone ? null : { metadata: {}, spec }, managers: managers ?? [HEDDLE],
    })),
  };
}

export async function see(bench: FabricBench, fabricId: string, kind: string, items: Seen[], mode: 'snapshot' | 'changes' = 'changes', version = 1): Promise<void> {
  await bench.handle((tx) => bench.get(ObservationService).observe(tx, observed(fabricId, kind, items, { mode, version, now: bench.now() })));
}

/** An Agent as the watch projects it. */
export async function hear(bench: FabricBench, fabricId: string, name: string, agent: { generation: number; applied: number; spec: Record<string, unknown>; heartbeat?: Date; status?: Record<string, unknown> }, mode: 'snapshot' | 'changes' = 'changes'): Promise<void> {
  const object = { spec: agent.spec, status: { lastAppliedGen: agent.applied, lastHeartbeat: (agent.heartbeat ?? bench.now()).toISOString(), lastAppliedTime: bench.now().toISOString(), ...agent.status } };
  const message = observed(fabricId, 'Agent', [{ kind: 'Agent', name, spec: {}, version: sequence, generation: agent.generation, managers: [] }], { mode, now: bench.now() });
  message.items[0]!.object = object;
  await bench.handle((tx) => bench.get(AgentService).observe(tx, message));
}

export async function connect(bench: FabricBench, fabricId: string, connectionSequence = 1, state: 'connected' | 'failed' | 'testing' = 'connected', server = 'https://127.0.0.1:6443'): Promise<void> {
  await bench.handle((tx) => bench.get(SignalService).clusterChanged(tx, {
    fabricId, server, sequence: connectionSequence,
    connection: { state, reason: state === 'connected' ? 'Connected' : 'ConnectionRefused', message: state, since: bench.now().toISOString(), breaker: { state: 'closed', nextTryAt: null, lastError: null } },
  }));
}

/** Says how steps ended. */
export async function finish(bench: FabricBench, job: MessageData<'steps.apply'>, outcomes: MessageData<'steps.finished'>['outcomes']): Promise<void> {
  await bench.handle((tx) => bench.get(OutcomeService).take(tx, { fabricId: job.fabricId, operationId: job.operationId, jobId: job.jobId, epoch: 1, outcomes }));
}

let version = 1_000;

/** The API server as it answers a step: the object as applied, under a new version. */
export function done(bench: FabricBench, step: MessageData<'steps.apply'>['steps'][number], resourceVersion = String(version += 1)): MessageData<'steps.finished'>['outcomes'][number] {
  const live = step.action === 'delete' ? null : {
    apiVersion: `${step.target.group}/${step.target.version}`, kind: step.target.kind, spec: step.body?.['spec'] ?? {},
    metadata: { name: step.target.name, namespace: 'default', uid: `uid-${step.target.kind}-${step.target.name}`, resourceVersion, generation: 1, managedFields: [{ manager: 'heddle', operation: 'Apply', fieldsV1: { 'f:spec': {} } }] },
  };
  return { stepId: step.stepId, attempt: step.attempt, at: bench.now().toISOString(), outcome: { type: 'done', changed: true, live } };
}

export function object(kind: string, name: string, spec: Record<string, unknown>): Record<string, unknown> {
  const descriptor = descriptorOf(kind);
  return { apiVersion: `${descriptor?.group}/${descriptor?.version}`, kind, metadata: { name }, spec };
}

export function vpcSpec(number: number): Record<string, unknown> {
  return { ipv4Namespace: 'default', vlanNamespace: 'default', subnets: { default: { subnet: `10.0.${number}.0/24`, gateway: `10.0.${number}.1`, vlan: 1000 + number } } };
}

export const vpc = (number: number): Record<string, unknown> => object('VPC', `vpc-${number}`, vpcSpec(number));
export const namespaces = [
  object('IPv4Namespace', 'default', { subnets: ['10.0.0.0/16'] }),
  object('VLANNamespace', 'default', { ranges: [{ from: 1000, to: 2999 }] }),
];

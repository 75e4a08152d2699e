import { SILENT_RULES } from '@heddle/hedgehog';
import { mayApprove } from '../approvals/second-person.ts';
import { isLive } from '../fabrics/freshness.ts';
import type { AgentFactsRow, AlertFacts, FabricFacts, Group } from './alert-facts.ts';
import { SHOWN_OBJECTS, type Signal } from './signal.ts';

/** Reasons of a source that concern its server or repository, not the branch and directory of one fabric. */
const OF_SERVER = new Set(['HostUnreachable', 'NameNotResolved', 'TimedOut', 'ServerFailed', 'TlsUntrusted', 'AddressNotAllowed', 'HostKeyMismatch']);
const OF_REPOSITORY = new Set(['AuthenticationRefused', 'RepositoryNotFound', 'RedirectRefused', 'PrivateKeyUnreadable', 'ObjectsRefused', 'MirrorCorrupt', 'DiskFull', 'GitFailed']);

/** A certificate or token that ends within so long is told of. */
const EXPIRY_WARNING_MS = 14 * 86_400_000;
const EXPIRY_CRITICAL_MS = 2 * 86_400_000;

type Common = Pick<Signal, 'fabrics' | 'objects' | 'objectCount' | 'causes'>;

/** What holds now and what explains it, of all fabrics. */
export function signalsOf(facts: AlertFacts): Signal[] {
  const fabrics = new Map(facts.fabrics.map((fabric) => [fabric.id, fabric]));
  const of = <Row extends { fabricId: string }>(rows: readonly Row[], make: (row: Row, fabric: FabricFacts) => Signal): Signal[] =>
    rows.flatMap((row) => (fabrics.has(row.fabricId) ? [make(row, fabrics.get(row.fabricId)!)] : []));
  return [
    ...watcherSignal(facts.fabrics),
    ...facts.fabrics.flatMap((fabric) => [...clusterSignal(fabric), ...credentialsSignal(fabric, facts.at), ...watchSignal(fabric), ...sourceSignal(fabric)]),
    ...of(facts.agents, agentSignal),
    ...of(facts.overdue, overdueSignal),
    ...of(facts.conflicts, (group, fabric) => ({
      key: `conflict:${fabric.id}`, type: 'conflict', severity: 'critical', ...common(fabric, group),
      summary: `${group.count} object(s) of ${fabric.name} have fields that another hand holds`, remedy: 'See `heddle diff` of the object; take the field over, or leave it out in Git.',
    })),
    ...of(facts.drifts, (group, fabric) => ({
      key: `drift:${fabric.id}`, type: 'drift_open', severity: group.severe ? 'critical' : 'warning', ...common(fabric, group),
      summary: `${group.count} object(s) of ${fabric.name} were changed in the cluster`, remedy: '`heddle drift list` shows who changed what; revert it, or bring it into Git.',
    })),
    ...of(facts.errors, (group, fabric) => ({
      key: `findings:${fabric.id}`, type: 'findings_error', severity: 'warning', ...common(fabric, group),
      summary: `${group.count} object(s) or document(s) of ${fabric.name} have errors and are not applied`, remedy: 'List the findings of the fabric; each has its remedy.',
    })),
    ...of(facts.live, (group, fabric) => ({
      key: `compliance:${fabric.id}`, type: 'compliance', severity: 'warning', ...common(fabric, group),
      summary: `${group.count} object(s) that live in ${fabric.name} break the rules`, remedy: 'List the findings with source live: upstream admitted what it would refuse today.',
    })),
    ...of(facts.failed, ({ number, reason, message }, fabric) => ({
      key: `operation:${fabric.id}`, type: 'operation_failed', severity: 'critical', ...common(fabric),
      summary: `Operation ${number} of ${fabric.name} failed (${reason}): ${message}`, remedy: '`heddle operation list` names the step that blocks it.',
    })),
    ...of(facts.approvals, approvalSignal),
    ...of(facts.stuck, ({ number, state, deadline }, fabric) => ({
      key: `stuck:${fabric.id}`, type: 'operation_stuck', severity: 'critical', ...common(fabric),
      summary: `Operation ${number} of ${fabric.name} is ${state} past its deadline ${deadline.toISOString()}`, remedy: 'Look at the log of the fabric service: it ends operations at their deadline by itself.',
    })),
  ];
}

function keyOfCluster({ id, server }: FabricFacts): string {
  return `cluster:${server ?? id}`;
}

/** What explains whatever is seen of a cluster. */
function unseen(fabric: FabricFacts): string[] {
  return [`watch:${fabric.id}`, keyOfCluster(fabric)];
}

function common(fabric: FabricFacts, group: Pick<Group, 'count' | 'objects'> = { count: 0, objects: [] }): Common {
  return { fabrics: [{ id: fabric.id, name: fabric.name }], objects: group.objects, objectCount: group.count, causes: [keyOfCluster(fabric)] };
}

function clusterSignal(fabric: FabricFacts): Signal[] {
  if (fabric.connection.state !== 'failed') return [];
  return [{
    key: keyOfCluster(fabric), type: 'cluster_unreachable', severity: 'critical', ...common(fabric), causes: [],
    summary: `The API server ${fabric.server ?? `of ${fabric.name}`} can't be asked (${fabric.connection.reason}): ${fabric.connection.message}`,
    remedy: 'See whether the control node is up and its API server answers, and whether the credentials still hold.',
  }];
}

/** Before it is too late; from then on the cluster refuses them, which is the cause. */
function credentialsSignal(fabric: FabricFacts, now: Date): Signal[] {
  const { credentialsExpireAt } = fabric.connection;
  if (!credentialsExpireAt) return [];
  const left = Date.parse(credentialsExpireAt) - now.getTime();
  if (left > EXPIRY_WARNING_MS) return [];
  return [{
    key: `credentials:${fabric.id}`, type: 'credentials_expire', severity: left > EXPIRY_CRITICAL_MS ? 'warning' : 'critical', ...common(fabric),
    summary: `The credentials for the cluster of ${fabric.name} ${left > 0 ? 'end' : 'ended'} at ${credentialsExpireAt}`, remedy: `Enter new ones: PUT /api/v1/fabrics/${fabric.name}/cluster.`,
  }];
}

/** Where nobody watches any fabric, it is k8s-sync that is down. */
function watcherSignal(fabrics: readonly FabricFacts[]): Signal[] {
  const watched = fabrics.filter(({ freshness }) => freshness.watches.length > 0);
  if (watched.length < 2 || !watched.every(isSilent)) return [];
  return [{
    key: 'watcher', type: 'watch_silent', severity: 'critical', fabrics: watched.map(({ id, name }) => ({ id, name })), objects: [], objectCount: 0, causes: [],
    summary: `Nothing is heard of any of ${watched.length} clusters`, remedy: 'See whether k8s-sync runs, and whether the bus delivers (`heddle bus`).',
  }];
}

function isSilent({ freshness }: FabricFacts): boolean {
  return freshness.watches.some(({ reason }) => reason === 'WatcherSilent');
}

function watchSignal(fabric: FabricFacts): Signal[] {
  const bad = fabric.freshness.watches.filter((watch) => !isLive(watch));
  const [first] = bad;
  if (!first) return [];
  return [{
    key: `watch:${fabric.id}`, type: 'watch_silent', severity: 'critical', ...common(fabric), causes: [keyOfCluster(fabric), 'watcher'],
    summary: `Of ${bad.length} kind(s) of ${fabric.name} nothing new is seen (${first.reason}): ${bad.map(({ kind }) => kind).join(', ')}`,
    remedy: first.message || 'See whether the credentials may list and watch these kinds.',
  }];
}

function sourceSignal(fabric: FabricFacts): Signal[] {
  const { source, repositoryId, repository } = fabric;
  if (source.state !== 'failing') return [];
  const about = { type: 'source_failed', severity: 'warning' as const, ...common(fabric), causes: [], remedy: source.message };
  if (OF_SERVER.has(source.reason) && source.server) return [{ ...about, key: `git:${source.server}:${source.reason}`, summary: `The Git server ${source.server} can't be read (${source.reason})` }];
  if (OF_SERVER.has(source.reason) || OF_REPOSITORY.has(source.reason)) return [{ ...about, key: `repository:${repositoryId}`, summary: `The repository ${repository} can't be read (${source.reason})` }];
  return [{ ...about, key: `source:${fabric.id}`, summary: `The source of ${fabric.name} can't be read (${source.reason})` }];
}

function silenceOf(fabric: FabricFacts, device: string): string[] {
  return [`silent:${fabric.id}:Agent/${device}`, `silent:${fabric.id}:GatewayAgent/${device}`];
}

function agentSignal({ agent, rule, severity, message, remedy, touches, peer }: AgentFactsRow, fabric: FabricFacts): Signal {
  const device = agent.slice(agent.indexOf('/') + 1);
  const about = { ...common(fabric, { count: touches.length, objects: touches.slice(0, SHOWN_OBJECTS) }), summary: `${fabric.name}: ${message}`, remedy };
  if (SILENT_RULES.has(rule)) return { ...about, key: `silent:${fabric.id}:${agent}`, type: 'switch_silent', severity: 'critical', causes: unseen(fabric) };
  const causes = [...silenceOf(fabric, device), ...(peer === null ? [] : silenceOf(fabric, peer)), ...unseen(fabric)];
  return { ...about, key: `health:${fabric.id}:${agent}:${rule}:${peer ?? ''}`, type: 'switch_problem', severity: severity === 'error' ? 'critical' : 'warning', causes };
}

/** It is a person that is waited for, whatever ails the cluster. */
function approvalSignal(approval: AlertFacts['approvals'][number], fabric: FabricFacts): Signal {
  const { id, planId, count, sync, operation, requestedBy, author, requestedAt, expiresAt } = approval;
  const asked = requestedBy.map(({ name, id: actor }) => name ?? actor).join(', ');
  const left = operation === null ? '' : `; operation ${operation} left them out`;
  return {
    key: `approval:${id}`, type: 'approval_waiting', severity: 'warning', ...common(fabric, approval), causes: [],
    summary: `${count} delete(s) of ${fabric.name} wait for a second person since ${requestedAt.toISOString()}, until ${expiresAt.toISOString()}: plan ${planId}, asked for by ${asked}${left}`,
    remedy: `\`heddle plan show ${planId}\`, then \`heddle plan approve\` or \`reject\`${sync ? '; a sync starts by itself once it is approved' : ''}. ${mayApprove(requestedBy, author)}`,
  };
}

function overdueSignal(group: AlertFacts['overdue'][number], fabric: FabricFacts): Signal {
  const { waiting, count } = group;
  const refused = ['Agent', 'GatewayAgent'].map((kind) => `health:${fabric.id}:${kind}/${waiting}:agent-apply-failed:`);
  return {
    key: `convergence:${fabric.id}:${waiting}`, type: 'convergence_overdue', severity: 'warning', ...common(fabric, group), causes: [...silenceOf(fabric, waiting), ...refused, ...unseen(fabric)],
    summary: waiting ? `${count} object(s) of ${fabric.name} wait for ${waiting} for over 10 minutes` : `${count} object(s) of ${fabric.name} are applied and on no switch for over 10 minutes`,
    remedy: '`heddle get` of an object tells switch by switch what is waited for; `heddle explain` says why.',
  };
}

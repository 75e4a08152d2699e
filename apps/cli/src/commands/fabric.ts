import type { ConnectionTest, FabricView, OperationView, PlanView } from '@heddle/contracts';
import type { Command } from 'commander';
import { type AccessOptions, renderAccess } from '../output/access-manifests.ts';
import { renderChanges } from '../output/render-diff.ts';
import { renderAge } from '../output/render-table.ts';
import { driftPolicyOf, ignoreRulesOf } from './comparison-options.ts';
import { type Surroundings, openSession } from './session.ts';
import { watchOperation } from './watch-operation.ts';

/** `heddle fabric …` */
export function addFabricCommands(program: Command, around: Surroundings): void {
  const fabric = program.command('fabric').description('fabrics: list, test, plan, sync');

  fabric.command('list').description('list fabrics').action(async (_options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.list(await client.all<FabricView>('fabrics'), [
      { title: 'name', of: (f) => f.name }, { title: 'state', of: (f) => f.state }, { title: 'sync', of: (f) => f.sync.state },
      { title: 'cluster', of: (f) => f.connection.reason }, { title: 'revision', of: (f) => f.revision?.commit.slice(0, 8) },
      { title: 'on switches', of: (f) => `${f.counts.converged}/${f.counts.resources - (f.counts.unknown ?? 0)}` }, { title: 'drifted', of: (f) => f.counts.drifted },
      { title: 'findings', of: (f) => f.counts.findings }, { title: 'age', of: (f) => renderAge(f.createdAt) },
    ], 'No fabrics.');
  });

  fabric.command('get <fabric>').description('show a fabric and its conditions').action(async (name: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.get<FabricView>(`fabrics/${encodeURIComponent(name)}`), renderFabric);
  });

  fabric.command('test <fabric>').description('test the connection to the API server').action(async (name: string, _options, command: Command) => {
    const { client, printer, exit } = await openSession(command, around);
    const result = await client.post<ConnectionTest>(`fabrics/${encodeURIComponent(name)}/test`);
    printer.one(result, ({ steps }) => steps.map((step) => `${step.status === 'passed' ? '✓' : step.status === 'failed' ? '✗' : '-'} ${step.step}: ${step.message}${step.remedy ? `\n  ${step.remedy}` : ''}`).join('\n'));
    if (!result.ok) exit(1);
  });

  fabric.command('access').description("print the ServiceAccount and Role that Heddle needs in a fabric's cluster, for kubectl apply")
    .option('-n, --namespace <namespace>', "where the fabric's objects are", 'default').option('--account <name>', 'name of the ServiceAccount', 'heddle')
    .action((options: AccessOptions) => { around.out.write(renderAccess(options)); });

  fabric.command('plan <fabric>').description('show what a sync would do').option('--prune', 'also delete what Git no longer has')
    .action(async (name: string, options: { prune?: boolean }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      printer.one(await client.post<PlanView>(`fabrics/${encodeURIComponent(name)}/plans`, options), renderPlan);
    });

  fabric.command('sync <fabric> [objects...]').description('apply what Git says; objects as Kind/name, default all')
    .option('--prune', 'also delete what Git no longer has').option('--replace', 'delete and make again what can\'t be changed in place').option('--plan <id>', 'carry out this plan').option('--no-wait', 'do not watch it')
    .action(async (name: string, objects: string[], options: { prune?: boolean; replace?: boolean; plan?: string; wait: boolean }, command: Command) => {
      const session = await openSession(command, around);
      const body = { ...(options.prune && { prune: true }), ...(options.replace && { replace: true }), ...(options.plan && { planId: options.plan }), ...(objects.length > 0 && { objects: objects.map(parseObject) }) };
      const operation = await session.client.post<OperationView>(`fabrics/${encodeURIComponent(name)}/operations`, body);
      if (!options.wait) return session.printer.one(operation, (o) => `operation ${o.id} is ${o.state}`);
      return watchOperation(session, operation.id);
    });

  fabric.command('set <fabric>').description('switch what Heddle may do by itself, or the state')
    .option('--auto-sync <on|off>').option('--prune <on|off>').option('--self-heal <on|off>').option('--dry-run <on|off>', 'ask the API server before the first write of each sync')
    .option('--max-deletes <n>', 'deletes of one change without an approval').option('--max-delete-percent <n>', 'the same, of the objects that Heddle manages')
    .option('--protect-kinds <kinds>', 'kinds that are deleted only with an approval, e.g. Switch,Connection; replaces the list').option('--protect <objects>', 'objects as Kind/name,…; replaces the list')
    .option('--vni-pause <seconds>', 'how long a new VPC waits at most for Agents to drop a deleted one; 0: not at all').option('--state <state>', 'active, maintenance or decommissioned')
    .option('--gateway <on|off>', 'whether it is installed with gateways').option('--vpc-peering <on|off>', 'whether VPCs may be peered within it').option('--switch-profiles <names>', 'the only profiles that switches may use, e.g. vs,ds3000; any for all')
    .option('--release <release>', 'what of Hedgehog it runs: 26.01 or 26.03').option('--drift <policies...>', 'ask, always_revert or observe_only; for one kind as VPC=ask; replaces the list')
    .option('--ignore <paths...>', 'fields that don\'t count, e.g. spec.subnets.*.vlan, for one kind as VPC:spec.mode; replaces the list; none for an empty one')
    .action(async (name: string, options: PolicyOptions & InstallationOptions & { state?: string; release?: string }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const policy = policyOf(options);
      const installation = installationOf(options);
      printer.one(await client.patch<FabricView>(`fabrics/${encodeURIComponent(name)}`, { ...(Object.keys(policy).length > 0 && { policy }), ...(Object.keys(installation).length > 0 && { installation }), ...(options.state && { state: options.state }), ...(options.release && { release: options.release }) }), renderFabric);
    });
}

interface InstallationOptions { gateway?: string; vpcPeering?: string; switchProfiles?: string }

function installationOf({ gateway, vpcPeering, switchProfiles }: InstallationOptions): Record<string, unknown> {
  return { ...flag('gateway', gateway), ...flag('vpcPeering', vpcPeering), ...(switchProfiles !== undefined && { switchProfiles: switchProfiles === 'any' ? null : listOf(switchProfiles) }) };
}

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter(Boolean);
}

interface PolicyOptions {
  autoSync?: string; prune?: string; selfHeal?: string; dryRun?: string; maxDeletes?: string; maxDeletePercent?: string; protectKinds?: string; protect?: string; vniPause?: string;
  drift?: string[]; ignore?: string[];
}

function policyOf({ autoSync, prune, selfHeal, dryRun, maxDeletes, maxDeletePercent, protectKinds, protect, vniPause, drift, ignore }: PolicyOptions): Record<string, unknown> {
  const budget = {
    ...count('maxDeletes', maxDeletes), ...count('maxDeletePercent', maxDeletePercent),
    ...(protectKinds !== undefined && { protectedKinds: listOf(protectKinds) }), ...(protect !== undefined && { protectedObjects: listOf(protect).map(parseObject) }),
  };
  return {
    ...flag('automaticSync', autoSync), ...flag('prune', prune), ...flag('selfHeal', selfHeal), ...flag('dryRun', dryRun), ...count('vniPauseSeconds', vniPause),
    ...(Object.keys(budget).length > 0 && { budget }), ...(drift && { drift: drift.map(driftPolicyOf) }), ...(ignore && { ignore: ignoreRulesOf(ignore) }),
  };
}

function count(name: string, value: string | undefined): Record<string, number> {
  if (value === undefined) return {};
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`'${value}' is no number`);
  return { [name]: Number(value) };
}

/** `Kind/name` as the API has it. @throws when it is not of that form. */
export function parseObject(text: string): { kind: string; name: string } {
  const [kind, name, rest] = text.split('/');
  if (!kind || !name || rest !== undefined) throw new Error(`'${text}' does not name an object; write Kind/name, e.g. VPC/vpc-1`);
  return { kind, name };
}

function flag(name: string, value: string | undefined): Record<string, boolean> {
  if (value === undefined) return {};
  if (value !== 'on' && value !== 'off') throw new Error(`'${value}' is neither on nor off`);
  return { [name]: value === 'on' };
}

function renderFabric(f: FabricView): string {
  return [
    `${f.name} (${f.id}): ${f.state}`,
    `  source    ${f.source.repository} ${f.source.branch}:/${f.source.directory}`,
    `  revision  ${f.revision ? `${f.revision.commit.slice(0, 12)} ${f.revision.subject} (${f.revision.author})` : 'none yet'}`,
    `  policy    automatic sync ${onOff(f.policy.automaticSync)}, prune ${onOff(f.policy.prune)}, self-heal ${onOff(f.policy.selfHeal)}`,
    ...(f.policy.budget ? [`  deletes   up to ${f.policy.budget.maxDeletes} or ${f.policy.budget.maxDeletePercent} % without an approval; protected: ${[...f.policy.budget.protectedKinds, ...f.policy.budget.protectedObjects.map(({ kind, name }) => `${kind}/${name}`)].join(', ') || 'nothing'}`] : []),
    `  resources ${f.counts.converged} of ${f.counts.resources - (f.counts.unknown ?? 0)} on the switches${f.counts.unknown ? `, ${f.counts.unknown} unknown (no switch can be asked)` : ''}, ${f.counts.pending} pending, ${f.counts.drifted} drifted, ${f.counts.failed} failed, ${f.counts.foreign} without Heddle`,
    `  switches  ${f.counts.switchesReady} of ${f.counts.switches} ready`,
    ...f.conditions.map((c) => `  ${c.type.padEnd(18)} ${c.status.padEnd(7)} ${c.reason}: ${c.message}`),
  ].join('\n');
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

export function renderPlan(plan: PlanView): string {
  const steps = plan.steps.map((step) => `${{ create: '+', update: '~', delete: '-', take_ownership: '^', revert: '<' }[step.action]} ${step.kind}/${step.name}  ${step.reason}${step.changes.length > 0 ? `\n${renderChanges(step.changes)}` : ''}`);
  const withheld = plan.withheld.map((item) => `! ${item.action} ${item.kind}/${item.name} is kept back: ${item.message}`);
  const { create, update, delete: remove, unchanged } = plan.counts;
  return [...steps, ...withheld, `Plan ${plan.id}: ${create} to create, ${update} to update, ${remove} to delete, ${unchanged} unchanged, ${plan.counts.withheld} kept back.`].join('\n');
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ApprovalView, Page, PlanView } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { withExitCode } from '../output/exit-code.ts';
import { renderAge } from '../output/render-table.ts';
import { type Session, type Surroundings, openSession } from './session.ts';
import { parseObject } from './fabric.ts';

interface Options { prune?: boolean; replace?: boolean; dryRun?: boolean; detailedExitcode?: boolean }

/** As terraform has them under the same flag. */
const EXIT = { nothing: 0, failed: 1, changes: 2 };
const DRY_RUN_EVERY_MS = 400;

/** `heddle plan …` */
export function addPlanCommands(program: Command, around: Surroundings): void {
  const plan = program.command('plan').description('plans: what a sync would do, and approvals of deletes')
    .argument('[fabric]').argument('[objects...]', 'as Kind/name; default all')
    .option('--prune', 'also delete what Git no longer has').option('--replace', 'delete and make again what can\'t be changed in place')
    .option('--dry-run', 'also ask the API server, without storing anything').option('--detailed-exitcode', 'end with 0: nothing to do, 2: changes, 1: error')
    .action(async (fabric: string | undefined, objects: string[], options: Options, command: Command) => {
      if (fabric === undefined) return command.help();
      try {
        await makePlan(await openSession(command, around, ['markdown']), fabric, objects, options);
      } catch (error) {
        throw options.detailedExitcode ? withExitCode(error, EXIT.failed) : error;
      }
    });

  plan.command('show <plan>').description('show a plan').action(async (id: string, _options, command: Command) => {
    await show(await openSession(command, around, ['markdown']), id);
  });

  plan.command('list <fabric>').description('list the plans of a fabric, newest first').action(async (fabric: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    const { items } = await client.get<Page<PlanView>>(`fabrics/${encodeURIComponent(fabric)}/plans`, { limit: 50 });
    printer.list(items, [
      { title: 'plan', of: (p) => p.id }, { title: 'type', of: (p) => p.type }, { title: 'status', of: (p) => p.status }, { title: 'commit', of: (p) => p.commit?.slice(0, 8) },
      { title: 'create', of: (p) => p.counts.create }, { title: 'update', of: (p) => p.counts.update }, { title: 'delete', of: (p) => p.counts.delete },
      { title: 'kept back', of: (p) => p.counts.withheld }, { title: 'age', of: (p) => renderAge(p.createdAt) },
    ], 'No plans.');
  });

  plan.command('approvals [fabric]').description('list what waits for a second person').option('--all', 'also what is decided or void')
    .action(async (fabric: string | undefined, options: { all?: boolean }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const approvals = await client.all<ApprovalView>('approvals', { fabric, state: options.all ? undefined : 'pending' });
      printer.list(approvals, [
        { title: 'plan', of: (a) => a.planId }, { title: 'fabric', of: (a) => a.fabric }, { title: 'state', of: (a) => a.state }, { title: 'deletes', of: (a) => a.deletes.length },
        { title: 'asked by', of: (a) => a.requestedBy.map((actor) => actorName(actor)).join(', ') }, { title: 'author', of: (a) => a.author?.name },
        { title: 'decided by', of: (a) => actorName(a.decidedBy) }, { title: 'age', of: (a) => renderAge(a.requestedAt) }, { title: 'why', of: (a) => a.reasons.join(' ') },
      ], 'Nothing waits for an approval.');
    });

  plan.command('approve <plan>').description('let the deletes of a plan go; for who neither asked for it nor wrote the commit').option('--reason <text>', 'what the audit trail says')
    .action(async (id: string, options: { reason?: string }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const { hash } = await client.get<PlanView>(`plans/${encodeURIComponent(id)}`);
      const approval = await client.post<ApprovalView>(`plans/${encodeURIComponent(id)}/approve`, { hash, ...options });
      printer.one(approval, ({ deletes, operationId }) => `${deletes.length} delete(s) are approved${operationId ? `: heddle operation watch ${operationId}` : '; sync the fabric to carry them out'}.`);
    });

  plan.command('reject <plan>').description('say no to the deletes of a plan').requiredOption('--reason <text>', 'what the audit trail says')
    .action(async (id: string, options: { reason: string }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      printer.one(await client.post<ApprovalView>(`plans/${encodeURIComponent(id)}/reject`, options), ({ deletes }) => `${deletes.length} delete(s) are rejected.`);
    });
}

async function makePlan(session: Session, fabric: string, objects: readonly string[], { prune, replace, dryRun, detailedExitcode }: Options): Promise<void> {
  const body = { ...(prune && { prune }), ...(replace && { replace }), ...(dryRun && { dryRun }), ...(objects.length > 0 && { objects: objects.map(parseObject) }) };
  let plan = await session.client.post<PlanView>(`fabrics/${encodeURIComponent(fabric)}/plans`, body);
  while (plan.dryRun?.state === 'running') {
    await delay(DRY_RUN_EVERY_MS);
    plan = await session.client.get<PlanView>(`plans/${encodeURIComponent(plan.id)}`);
  }
  await show(session, plan.id, plan);
  if (plan.dryRun?.state === 'refused' || plan.dryRun?.state === 'failed') session.exit(EXIT.failed);
  else if (detailedExitcode) session.exit(plan.steps.length + (plan.held?.length ?? 0) > 0 ? EXIT.changes : EXIT.nothing);
}

/** The service renders text and Markdown: what a pull request shows is what a terminal does. */
async function show({ client, printer }: Session, id: string, known?: PlanView): Promise<void> {
  const path = `plans/${encodeURIComponent(id)}`;
  if (printer.format === 'json' || printer.format === 'yaml') return printer.one(known ?? await client.get<PlanView>(path), () => '');
  printer.line(await client.text(path, { format: printer.format === 'markdown' ? 'markdown' : 'text' }));
}

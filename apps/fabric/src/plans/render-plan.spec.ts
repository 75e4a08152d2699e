import type { PlanStep, PlanView } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { planMarkdown } from './render-plan-markdown.ts';
import { planText } from './render-plan-text.ts';

const step = (action: PlanStep['action'], name: string, more: Partial<PlanStep> = {}): PlanStep => ({ stepId: `${action}/VPC/${name}`, action, kind: 'VPC', name, dependsOn: [], reason: 'because', changes: [], preconditions: {}, ...more });
const nothing = { count: 0, names: [] };
const plan: PlanView = {
  id: 'p1', fabricId: 'f1', hash: 'abcdefabcdefabcd', type: 'sync', commit: '0123456789abcdef', tree: 't', createdAt: '2026-01-01T00:00:00.000Z', status: 'current',
  counts: { create: 1, update: 1, delete: 0, unchanged: 7, withheld: 2 }, findings: [],
  steps: [
    step('take_ownership', 'a', { reason: 'takes over the fields of kubectl: what Git does not have of them goes' }), step('update', 'a', { changes: [{ path: 'spec.vlan', from: 1, to: 2 }] }),
    step('create', 'b', { dryRun: { state: 'not_possible', message: 'depends on update/VPC/a' } }),
  ],
  held: [step('delete', 'c|d')], withheld: [{ kind: 'VPC', name: 'c|d', action: 'delete', reason: 'ApprovalNeeded', message: 'm' }, { kind: 'VPC', name: 'e', action: 'delete', reason: 'PruneOff', message: 'prune is off' }],
  approval: { id: 'x', state: 'pending', reasons: ['11 deletes.'] }, gates: [{ gate: 'vni_pause', message: 'waits for Agents leaf-1, leaf-2 to drop VPC x', steps: ['create/VPC/b'] }],
  blastRadius: { switches: { count: 3, names: ['leaf-1 (server-leaf)'] }, ports: nothing, servers: nothing, reachGained: nothing, reachLost: { count: 1, names: ['a ↔ b'] }, reachChanged: nothing, attached: nothing, detached: nothing },
};

describe('a plan as text', () => {
  it('tells steps, approval, pause and reach in so many words', () => {
    expect(planText(plan, 'lab').split('\n')).toEqual([
      'Plan p1 of fabric lab, commit 0123456789ab (current)', '',
      '  ^ take over VPC/a  takes over the fields of kubectl: what Git does not have of them goes', '  ~ VPC/a  because', '      ~ spec.vlan: 1 → 2', '  + VPC/b  because', '      dry-run: not possible, depends on update/VPC/a',
      '', 'Waits for an approval by a second person:', '  - VPC/c|d  because', '', 'Kept back:', '  ! delete VPC/e  PruneOff: prune is off',
      '', 'In between:', '  1 step(s): waits for Agents leaf-1, leaf-2 to drop VPC x', '', 'Touches:', '  Switches: 3 (leaf-1 (server-leaf), …)', '  Pairs that lose reach: 1 (a ↔ b)',
      '', '1 to create, 1 to update, 0 to delete, 1 to take over, 7 unchanged, 1 wait for an approval, 1 kept back.', 'Approval: pending. 11 deletes.', '  heddle plan approve p1   (hash abcdefabcdef)',
    ]);
  });

  it('says that there is nothing to do', () => {
    expect(planText({ ...plan, steps: [], held: [], withheld: [], gates: [], approval: null, blastRadius: null, counts: { create: 0, update: 0, delete: 0, unchanged: 9, withheld: 0 } }, 'lab')).toContain('Nothing to do: 9 unchanged.');
  });
});

describe('a plan as Markdown', () => {
  it('escapes what would break a table, and shows each part', () => {
    const text = planMarkdown(plan, 'lab');
    expect(text).toContain('### Heddle plan for `lab`');
    expect(text).toContain('| delete | VPC/c\\|d | because |  |');
    expect(text).toContain('**Approval by a second person: pending.** 11 deletes.');
    expect(text).toContain('| Pairs that lose reach | 1 | a ↔ b |');
    expect(text).toContain('| VPC/e | delete | PruneOff: prune is off |');
    expect(text).toContain('waits for Agents leaf-1, leaf-2 to drop VPC x.');
  });

  it('stays short however large the plan is', () => {
    const text = planMarkdown({ ...plan, steps: Array.from({ length: 5_000 }, (_, index) => step('create', `v-${index}`)) }, 'lab');
    expect(text).toContain('… and 4900 more.');
    expect(text.length).toBeLessThan(65_000);
  });
});

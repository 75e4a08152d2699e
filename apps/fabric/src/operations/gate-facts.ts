import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { dryRunOfOperation } from '../dry-runs/dry-run.service.ts';
import { dryRunMessage } from '../dry-runs/judge-dry-run.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { CARRYING, fadingVpcs } from '../plans/plan-input.ts';
import { planPolicyOf } from '../plans/plan-policy.ts';
import type { FadingVpc } from '../plans/vni-pause.ts';
import type { GatedStep, GateFacts } from './may-dispatch.ts';
import type { OperationEntity } from './operation.entity.ts';

/** Reads what the gates decide on, once for all of `steps`: those that are not sent yet. */
export async function readGateFacts(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, steps: readonly GatedStep[], now: Date): Promise<GateFacts> {
  const { vniPauseSeconds } = planPolicyOf(fabric);
  const makesVpc = steps.some(({ kind, action }) => kind === 'VPC' && action === 'create');
  const dryRun = await dryRunOfOperation(tx, operation.id);
  const known = { now, fabric, operation, ...(dryRun && { dryRun: { ...dryRun, message: dryRunMessage(dryRun.state, dryRun.results) } }) };
  if (!makesVpc || vniPauseSeconds === 0) return known;
  const fading = [...await fadingVpcs(tx, fabric.id), ...await vpcsToGo(tx, fabric.id, operation.id, steps)];
  return { ...known, vpcs: { fading, pauseSeconds: vniPauseSeconds } };
}

/** VPCs that the operation deletes and has not deleted yet; a delete that failed leaves its VPC with its VNI. */
async function vpcsToGo(tx: EntityManager, fabricId: string, operationId: string, steps: readonly GatedStep[]): Promise<FadingVpc[]> {
  const unsent = steps.filter(({ kind, action }) => kind === 'VPC' && action === 'delete').map(({ name }) => name);
  return rowsOf<FadingVpc>(tx,
    `select r.name, ${CARRYING} as agents from resource r where r.fabric_id = $1 and r.kind = 'VPC' and (r.name = any($3::text[]) or exists (
       select from step s where s.operation_id = $2 and s.kind = 'VPC' and s.name = r.name and s.action = 'delete' and s.state in ('planned', 'sent', 'waiting', 'retry'))) order by r.name`, [fabricId, operationId, unsent]);
}

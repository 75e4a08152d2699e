import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { GatedStep, GateFacts } from './may-dispatch.ts';
import type { OperationEntity } from './operation.entity.ts';

/** Reads what the gates decide on, once for all of `steps`. */
export function readGateFacts(_tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, _steps: readonly GatedStep[], now: Date): Promise<GateFacts> {
  return Promise.resolve({ now, fabric, operation });
}

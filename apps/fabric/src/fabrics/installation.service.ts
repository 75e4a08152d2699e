import { isDeepStrictEqual } from 'node:util';
import { type InstallationPatch, installationSchema } from '@heddle/contracts';
import { INSTALLATION_KINDS } from '@heddle/hedgehog';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ValidationService } from '../findings/validation.service.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { FabricEntity } from './fabric.entity.ts';

/** What the installer of a fabric switched on, as people tell it. */
@Injectable()
export class InstallationService {
  constructor(private readonly validation: ValidationService, private readonly review: ReviewService, private readonly queue: PlanQueue, private readonly clock: Clock) {}

  /** Judges anew what hangs on it: what was refused may be applied now, and the other way round. What is told once more changes nothing: approvals stay. */
  async change(tx: EntityManager, fabric: FabricEntity, patch: InstallationPatch): Promise<void> {
    const before = fabric.installation;
    fabric.installation = { ...fabric.installation, ...patch };
    await tx.update(FabricEntity, fabric.id, { installation: fabric.installation });
    if (isDeepStrictEqual(installationSchema.parse(fabric.installation), installationSchema.parse(before))) return;
    const keys = new ObjectSet(await rowsOf<{ kind: string; name: string }>(tx, 'select kind, name from resource where fabric_id = $1 and kind = any($2::text[]) and desired_hash is not null', [fabric.id, INSTALLATION_KINDS]));
    // Plans that were made before are outdated.
    fabric.desiredVersion += 1;
    await tx.update(FabricEntity, fabric.id, { desiredVersion: fabric.desiredVersion });
    await this.validation.validate(tx, fabric.id, keys);
    await this.review.review(tx, fabric, keys, { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
    await this.queue.wantAutomatic(tx, fabric);
  }
}

import { driftList, driftRevert } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Refusals } from '../audit/refusals.ts';
import { DriftService } from './drift.service.ts';

@Controller()
export class DriftHandlers {
  constructor(private readonly drifts: DriftService, private readonly refusals: Refusals) {}

  @OnRequest(driftList)
  list(request: z.output<typeof driftList.request>) {
    return this.drifts.list(request);
  }

  @OnRequest(driftRevert)
  revert({ driftId }: z.output<typeof driftRevert.request>) {
    return this.refusals.recorded('drift.revert', `drift/${driftId}`, () => this.drifts.revert(driftId));
  }
}

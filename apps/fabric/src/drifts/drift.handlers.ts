import { driftList, driftRevert } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { DriftService } from './drift.service.ts';

@Controller()
export class DriftHandlers {
  constructor(private readonly drifts: DriftService) {}

  @OnRequest(driftList)
  list(request: z.output<typeof driftList.request>) {
    return this.drifts.list(request);
  }

  @OnRequest(driftRevert)
  revert({ driftId }: z.output<typeof driftRevert.request>) {
    return this.drifts.revert(driftId);
  }
}

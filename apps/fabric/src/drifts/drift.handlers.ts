import { driftAdopt, driftGet, driftJudge, driftList, driftRevert, driftSnooze, verdictList } from '@heddle/contracts';
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

  @OnRequest(driftGet)
  get({ driftId }: z.output<typeof driftGet.request>) {
    return this.drifts.get(driftId);
  }

  @OnRequest(driftRevert)
  revert(request: z.output<typeof driftRevert.request>) {
    return this.refusals.recorded('drift.revert', `drift/${request.driftId}`, () => this.drifts.revert(request));
  }

  @OnRequest(driftSnooze)
  snooze(request: z.output<typeof driftSnooze.request>) {
    return this.refusals.recorded('drift.snooze', `drift/${request.driftId}`, () => this.drifts.snooze(request));
  }

  @OnRequest(driftAdopt)
  adopt({ driftId }: z.output<typeof driftAdopt.request>) {
    return this.refusals.recorded('drift.adopt', `drift/${driftId}`, () => this.drifts.adopt(driftId));
  }

  @OnRequest(driftJudge)
  judge(request: z.output<typeof driftJudge.request>) {
    return this.refusals.recorded(`drift.${request.verdict}`, request.filter ? `fabric/${request.filter.fabric}` : 'drifts', () => this.drifts.judge(request));
  }

  @OnRequest(verdictList)
  history(request: z.output<typeof verdictList.request>) {
    return this.drifts.history(request);
  }
}

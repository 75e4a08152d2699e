import { planGet, planList, planMake, planRender } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { PlanService } from './plan.service.ts';

@Controller()
export class PlanHandlers {
  constructor(private readonly plans: PlanService) {}

  @OnRequest(planMake)
  make(request: z.output<typeof planMake.request>) {
    return this.plans.make(request);
  }

  @OnRequest(planGet)
  get({ planId }: z.output<typeof planGet.request>) {
    return this.plans.get(planId);
  }

  @OnRequest(planRender)
  render(request: z.output<typeof planRender.request>) {
    return this.plans.render(request);
  }

  @OnRequest(planList)
  list(request: z.output<typeof planList.request>) {
    return this.plans.list(request);
  }
}

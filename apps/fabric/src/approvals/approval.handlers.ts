import { approvalList, planApprove, planReject } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Refusals } from '../audit/refusals.ts';
import { ApprovalService } from './approval.service.ts';

@Controller()
export class ApprovalHandlers {
  constructor(private readonly approvals: ApprovalService, private readonly refusals: Refusals) {}

  @OnRequest(approvalList)
  list(request: z.output<typeof approvalList.request>) {
    return this.approvals.list(request);
  }

  @OnRequest(planApprove)
  approve(request: z.output<typeof planApprove.request>) {
    return this.refusals.recorded('approval.approve', `plan/${request.planId}`, () => this.approvals.approve(request));
  }

  @OnRequest(planReject)
  reject(request: z.output<typeof planReject.request>) {
    return this.refusals.recorded('approval.reject', `plan/${request.planId}`, () => this.approvals.reject(request));
  }
}

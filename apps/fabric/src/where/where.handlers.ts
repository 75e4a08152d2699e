import { freeFind, whereFind } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { FreeService } from './free.service.ts';
import { WhereService } from './where.service.ts';

@Controller()
export class WhereHandlers {
  constructor(private readonly where: WhereService, private readonly free: FreeService) {}

  @OnRequest(whereFind)
  find(request: z.output<typeof whereFind.request>) {
    return this.where.find(request);
  }

  @OnRequest(freeFind)
  next(request: z.output<typeof freeFind.request>) {
    return this.free.find(request);
  }
}

import { explain } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ExplainService } from './explain.service.ts';

@Controller()
export class ExplainHandlers {
  constructor(private readonly explanations: ExplainService) {}

  @OnRequest(explain)
  explain(request: z.output<typeof explain.request>) {
    return this.explanations.explain(request);
  }
}

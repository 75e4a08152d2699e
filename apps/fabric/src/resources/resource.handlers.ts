import { resourceGet, resourceList } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ResourceService } from './resource.service.ts';

@Controller()
export class ResourceHandlers {
  constructor(private readonly resources: ResourceService) {}

  @OnRequest(resourceList)
  list(request: z.output<typeof resourceList.request>) {
    return this.resources.list(request);
  }

  @OnRequest(resourceGet)
  get(request: z.output<typeof resourceGet.request>) {
    return this.resources.get(request);
  }
}

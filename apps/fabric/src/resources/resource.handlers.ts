import { diffList, resourceGet, resourceList } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { DiffService } from './diff.service.ts';
import { ResourceService } from './resource.service.ts';

@Controller()
export class ResourceHandlers {
  constructor(private readonly resources: ResourceService, private readonly diffs: DiffService) {}

  @OnRequest(diffList)
  diff(request: z.output<typeof diffList.request>) {
    return this.diffs.list(request);
  }

  @OnRequest(resourceList)
  list(request: z.output<typeof resourceList.request>) {
    return this.resources.list(request);
  }

  @OnRequest(resourceGet)
  get(request: z.output<typeof resourceGet.request>) {
    return this.resources.get(request);
  }
}

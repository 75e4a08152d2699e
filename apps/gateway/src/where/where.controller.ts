import { freeFind, freeQuerySchema, whereFind, whereQuerySchema } from '@heddle/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

@ApiTags('resources')
@Controller('api/v1')
export class WhereController {
  constructor(private readonly asker: Asker) {}

  @Get('where')
  @Answers(whereFind, 'Find where an address, subnet, VLAN, MAC address, port, ASN, VNI or name stands, in one fabric or in all')
  where(@Query({ schema: whereQuerySchema }) query: z.output<typeof whereQuerySchema>): Promise<Buffer> {
    return this.asker.raw(whereFind, query);
  }

  @Get('fabrics/:fabric/free')
  @Answers(freeFind, 'Find free VLANs, subnets, ASNs, ports or addresses of a fabric')
  free(@Param('fabric') fabric: string, @Query({ schema: freeQuerySchema }) query: z.output<typeof freeQuerySchema>): Promise<Buffer> {
    return this.asker.raw(freeFind, { ...query, fabric });
  }
}

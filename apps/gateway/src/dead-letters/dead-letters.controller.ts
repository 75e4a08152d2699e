import { DEAD_LETTER_SERVICES, deadLetterList, pageQuerySchema } from '@heddle/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const serviceSchema = z.enum(DEAD_LETTER_SERVICES as [typeof DEAD_LETTER_SERVICES[number], ...typeof DEAD_LETTER_SERVICES]);

@ApiTags('dead-letters')
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly asker: Asker) {}

  @Get(':service')
  @Answers(deadLetterList('fabric'), 'List the messages that a service could not take: parked for another try, or dead')
  list(@Param('service', { schema: serviceSchema }) service: z.output<typeof serviceSchema>, @Query({ schema: pageQuerySchema }) query: z.output<typeof pageQuerySchema>): Promise<Buffer> {
    return this.asker.raw(deadLetterList(service), query);
  }
}

import {
  deadLetterGroups, deadLetterList, deadLetterProgressSchema, deadLetterQuerySchema, type DeadLetterProgress, type DeadLetterService, deadLetterRequests, deadLetterServiceSchema, discardDeadLettersSchema,
  discardReasonSchema, editDeadLetterSchema, replayDeadLettersSchema,
} from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';
import { DeadLettersService } from './dead-letters.service.ts';

const serviceParam = { schema: deadLetterServiceSchema };
const id = { schema: z.uuid() };
const reasonSchema = z.object({ reason: discardReasonSchema });
/** All services answer alike. */
const requests = deadLetterRequests('fabric');
const progress = { service: 'of the dead letter', response: deadLetterProgressSchema } as const;

@ApiTags('dead-letters')
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly asker: Asker, private readonly letters: DeadLettersService) {}

  @Get()
  @Answers(deadLetterList, 'List the messages that services gave up, the latest failure first; those of services that are down as well')
  list(@Query({ schema: deadLetterQuerySchema }) query: z.output<typeof deadLetterQuerySchema>): Promise<Buffer> {
    return this.asker.raw(deadLetterList, query);
  }

  @Get('groups')
  @Answers(deadLetterGroups, 'Group dead letters by their cause: consumer, type, reason, and the message but for its ids, names and numbers')
  groups(@Query({ schema: deadLetterQuerySchema }) query: z.output<typeof deadLetterQuerySchema>): Promise<Buffer> {
    return this.asker.raw(deadLetterGroups, query);
  }

  @Post('replay')
  @Answers(progress, 'Handle dead letters once more, each by its own consumer alone: by name, or by filter in chunks, each answer naming the cursor to go on with')
  replay(@Body({ schema: replayDeadLettersSchema }) body: z.output<typeof replayDeadLettersSchema>): Promise<DeadLetterProgress> {
    return this.letters.inServices(body, (service, selection) => this.asker.ask(deadLetterRequests(service).replay, selection));
  }

  @Post('discard')
  @Answers(progress, 'Give dead letters up for good, with a reason: by name, or by filter in chunks')
  discard(@Body({ schema: discardDeadLettersSchema }) { reason, ...body }: z.output<typeof discardDeadLettersSchema>): Promise<DeadLetterProgress> {
    return this.letters.inServices(body, (service, selection) => this.asker.ask(deadLetterRequests(service).discard, { ...selection, reason }));
  }

  @Get(':service/:id')
  @Answers(requests.get, 'Read a dead letter: headers, stack, body')
  get(@Param('service', serviceParam) service: DeadLetterService, @Param('id', id) letter: string): Promise<Buffer> {
    return this.asker.raw(deadLetterRequests(service).get, { id: letter });
  }

  @Post(':service/:id/replay')
  @Answers(progress, 'Handle a dead letter once more, by its own consumer alone, with its bytes and id')
  replayOne(@Param('service', serviceParam) service: DeadLetterService, @Param('id', id) letter: string): Promise<DeadLetterProgress> {
    return this.letters.inServices({ letters: [{ service, id: letter }] }, (_, selection) => this.asker.ask(deadLetterRequests(service).replay, selection));
  }

  @Post(':service/:id/edit')
  @Answers(requests.edit, 'Put a message with other data in the place of a dead letter; it is checked against its contract first')
  edit(@Param('service', serviceParam) service: DeadLetterService, @Param('id', id) letter: string, @Body({ schema: editDeadLetterSchema }) body: z.output<typeof editDeadLetterSchema>): Promise<Buffer> {
    return this.asker.raw(deadLetterRequests(service).edit, { ...body, id: letter });
  }

  @Post(':service/:id/discard')
  @Answers(progress, 'Give a dead letter up for good, with a reason')
  discardOne(@Param('service', serviceParam) service: DeadLetterService, @Param('id', id) letter: string, @Body({ schema: reasonSchema }) { reason }: z.output<typeof reasonSchema>): Promise<DeadLetterProgress> {
    return this.letters.inServices({ letters: [{ service, id: letter }] }, (_, selection) => this.asker.ask(deadLetterRequests(service).discard, { ...selection, reason }));
  }
}

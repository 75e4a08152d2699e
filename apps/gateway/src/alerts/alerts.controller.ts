import { alertActionSchema, alertChange, alertGet, alertList, alertQuerySchema, bulkAlertActionSchema } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

@ApiTags('alerts')
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Answers(alertList, 'List alerts, the newest first: one for one cause')
  list(@Query({ schema: alertQuerySchema }) query: z.output<typeof alertQuerySchema>): Promise<Buffer> {
    return this.asker.raw(alertList, query);
  }

  @Post('bulk')
  @Answers(alertChange, 'Acknowledge, suppress or resolve many alerts; each is done or refused by itself')
  bulk(@Body({ schema: bulkAlertActionSchema }) body: z.output<typeof bulkAlertActionSchema>): Promise<Buffer> {
    return this.asker.raw(alertChange, body);
  }

  @Get(':alert')
  @Answers(alertGet, 'Read an alert and its history')
  get(@Param('alert', { schema: z.uuid() }) alertId: string): Promise<Buffer> {
    return this.asker.raw(alertGet, { alertId });
  }

  @Post(':alert')
  @Answers(alertChange, 'Acknowledge, suppress or resolve an alert')
  change(@Param('alert', { schema: z.uuid() }) alertId: string, @Body({ schema: alertActionSchema }) body: z.output<typeof alertActionSchema>): Promise<Buffer> {
    return this.asker.raw(alertChange, { ...body, alertIds: [alertId] });
  }
}

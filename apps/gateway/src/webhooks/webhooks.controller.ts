import { repositoryWebhook } from '@heddle/contracts';
import { Invalid } from '@heddle/platform';
import { Controller, Headers, Param, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const FORWARDED = /^(content-type|user-agent|x-github-|x-hub-)/;

/** Receives webhooks: raw bytes and headers go to git-sync, which holds the secret and verifies the signature. */
@ApiTags('webhooks')
@Controller('api/v1/webhooks')
export class WebhooksController {
  constructor(private readonly asker: Asker) {}

  @Post('github/:repository')
  @ApiConsumes('application/json')
  @Answers(repositoryWebhook, 'A webhook of GitHub, guarded by its signature', 202)
  github(
    @Param('repository') repository: string, @Headers() headers: Record<string, string | string[] | undefined>, @Req() request: RawBodyRequest<FastifyRequest>,
  ): Promise<Buffer> {
    const raw = request.rawBody;
    if (!raw || raw.length === 0) throw new Invalid({ code: 'GIT-020', message: 'The webhook has no body.', remedy: 'Set its content type to application/json.' });
    const forwarded = Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => FORWARDED.test(entry[0]) && typeof entry[1] === 'string'));
    return this.asker.raw(repositoryWebhook, { repository, headers: forwarded, body: raw.toString('base64') });
  }
}

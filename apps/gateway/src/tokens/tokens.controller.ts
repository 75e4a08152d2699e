import { makeTokenSchema, newTokenSchema, pageOf, tokenViewSchema, type NewToken, type Page, type TokenView } from '@heddle/contracts';
import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../http/answers.decorator.ts';
import { NamedTokens } from './named-tokens.ts';

@ApiTags('tokens')
@Controller('api/v1/tokens')
export class TokensController {
  constructor(private readonly tokens: NamedTokens) {}

  @Post()
  @Answers({ service: 'gateway', response: newTokenSchema }, 'Make a token for a person or a program; its secret is shown this once', 201)
  make(@Body({ schema: makeTokenSchema }) body: z.output<typeof makeTokenSchema>): Promise<NewToken> {
    return this.tokens.make(body);
  }

  @Get()
  @Answers({ service: 'gateway', response: pageOf(tokenViewSchema) }, 'List the tokens, without their secrets')
  list(): Promise<Page<TokenView>> {
    return this.tokens.list();
  }

  @Delete(':token')
  @Answers({ service: 'gateway', response: tokenViewSchema }, 'Revoke a token, by its name')
  revoke(@Param('token') name: string): Promise<TokenView> {
    return this.tokens.revoke(name);
  }
}

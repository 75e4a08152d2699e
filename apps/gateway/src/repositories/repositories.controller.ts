import {
  type RepositorySpec, pageQuerySchema, repositoryCreate, repositoryDelete, repositoryGet, repositoryList, repositoryPatchSchema,
  repositoryRefresh, repositorySpecSchema, repositoryTest, repositoryUpdate,
} from '@heddle/contracts';
import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const testSchema = z.object({ branch: z.string().optional(), directory: z.string().optional() }).default({});

@ApiTags('repositories')
@Controller('api/v1/repositories')
export class RepositoriesController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Answers(repositoryCreate, 'Register a Git repository', 201)
  create(@Body({ schema: repositorySpecSchema }) body: RepositorySpec): Promise<Buffer> {
    return this.asker.raw(repositoryCreate, body);
  }

  @Get()
  @Answers(repositoryList, 'List repositories')
  list(@Query({ schema: pageQuerySchema }) query: z.output<typeof pageQuerySchema>): Promise<Buffer> {
    return this.asker.raw(repositoryList, query);
  }

  @Get(':repository')
  @Answers(repositoryGet, 'Read a repository')
  get(@Param('repository') repository: string): Promise<Buffer> {
    return this.asker.raw(repositoryGet, { repository });
  }

  @Patch(':repository')
  @Answers(repositoryUpdate, 'Change a repository; another host drops its credentials')
  update(@Param('repository') repository: string, @Body({ schema: repositoryPatchSchema }) patch: z.output<typeof repositoryPatchSchema>): Promise<Buffer> {
    return this.asker.raw(repositoryUpdate, { repository, patch });
  }

  @Delete(':repository')
  @Answers(repositoryDelete, 'Forget a repository that no fabric reads')
  remove(@Param('repository') repository: string): Promise<Buffer> {
    return this.asker.raw(repositoryDelete, { repository });
  }

  @Post(':repository/test')
  @Answers(repositoryTest, 'Test the connection, step by step')
  test(@Param('repository') repository: string, @Body({ schema: testSchema }) body: z.output<typeof testSchema>): Promise<Buffer> {
    return this.asker.raw(repositoryTest, { repository, ...body });
  }

  @Post(':repository/refresh')
  @Answers(repositoryRefresh, 'Look for new commits now', 202)
  refresh(@Param('repository') repository: string): Promise<Buffer> {
    return this.asker.raw(repositoryRefresh, { repository });
  }
}

import {
  type ClusterSpec, type FabricSpec, clusterGet, clusterPut, clusterSpecSchema, clusterTest, fabricCreate, fabricDelete, fabricGet, fabricList,
  fabricPatchSchema, fabricSpecSchema, fabricUpdate, findingList, pageQuerySchema,
} from '@heddle/contracts';
import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';
import { FabricsService } from './fabrics.service.ts';

const findingQuerySchema = pageQuerySchema.extend({ severity: z.enum(['error', 'warning']).optional() });

@ApiTags('fabrics')
@Controller('api/v1')
export class FabricsController {
  constructor(private readonly asker: Asker, private readonly fabrics: FabricsService) {}

  @Post('fabrics')
  @Answers(fabricCreate, 'Register a fabric: its directory in Git, its API server, what Heddle may do by itself', 201)
  create(@Body({ schema: fabricSpecSchema }) body: FabricSpec): Promise<Buffer> {
    return this.fabrics.create(body);
  }

  @Get('fabrics')
  @Answers(fabricList, 'List fabrics')
  list(@Query({ schema: pageQuerySchema }) query: z.output<typeof pageQuerySchema>): Promise<Buffer> {
    return this.asker.raw(fabricList, query);
  }

  @Get('fabrics/:fabric')
  @Answers(fabricGet, 'Read a fabric')
  get(@Param('fabric') fabric: string): Promise<Buffer> {
    return this.asker.raw(fabricGet, { fabric });
  }

  @Patch('fabrics/:fabric')
  @Answers(fabricUpdate, 'Change source, policy or state (active, maintenance, decommissioned)')
  update(@Param('fabric') fabric: string, @Body({ schema: fabricPatchSchema }) patch: z.output<typeof fabricPatchSchema>): Promise<Buffer> {
    return this.fabrics.update(fabric, patch);
  }

  @Delete('fabrics/:fabric')
  @Answers(fabricDelete, 'Forget a planned or decommissioned fabric; nothing in its cluster is touched')
  remove(@Param('fabric') fabric: string): Promise<Buffer> {
    return this.fabrics.remove(fabric);
  }

  @Get('fabrics/:fabric/findings')
  @Answers(findingList, 'What is wrong with the documents and objects of a fabric')
  findings(@Param('fabric') fabric: string, @Query({ schema: findingQuerySchema }) query: z.output<typeof findingQuerySchema>): Promise<Buffer> {
    return this.asker.raw(findingList, { ...query, fabric });
  }

  @Get('fabrics/:fabric/cluster')
  @Answers(clusterGet, 'Read the connection to the API server and the state of its watches')
  async cluster(@Param('fabric') fabric: string): Promise<Buffer> {
    return this.asker.raw(clusterGet, { fabricId: await this.asker.fabricId(fabric) });
  }

  @Put('fabrics/:fabric/cluster')
  @Answers(clusterPut, 'Set how the API server is reached: fields, or a pasted kubeconfig')
  async putCluster(@Param('fabric') fabric: string, @Body({ schema: clusterSpecSchema }) spec: ClusterSpec): Promise<Buffer> {
    return this.asker.raw(clusterPut, { fabricId: await this.asker.fabricId(fabric), spec });
  }

  @Post('fabrics/:fabric/test')
  @Answers(clusterTest, 'Test the stored connection to the API server, step by step')
  async testCluster(@Param('fabric') fabric: string): Promise<Buffer> {
    return this.asker.raw(clusterTest, { fabricId: await this.asker.fabricId(fabric) });
  }

  @Post('cluster-tests')
  @Answers(clusterTest, 'Test a connection to an API server without storing it')
  testGiven(@Body({ schema: clusterSpecSchema }) spec: ClusterSpec): Promise<Buffer> {
    return this.asker.raw(clusterTest, { spec });
  }
}

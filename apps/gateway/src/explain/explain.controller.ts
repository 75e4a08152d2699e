import { explain } from '@heddle/contracts';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

@ApiTags('explain')
@Controller('api/v1/fabrics/:fabric')
export class ExplainController {
  constructor(private readonly asker: Asker) {}

  @Get('explain')
  @Answers(explain, 'Why the fabric is not on its switches as Git has it: the first level that is not reached, its cause and remedy')
  fabric(@Param('fabric') fabric: string): Promise<Buffer> {
    return this.asker.raw(explain, { fabric });
  }

  @Get('resources/:kind/:name/explain')
  @Answers(explain, 'Why a resource is not on its switches as Git has it, level by level')
  resource(@Param('fabric') fabric: string, @Param('kind') kind: string, @Param('name') name: string): Promise<Buffer> {
    return this.asker.raw(explain, { fabric, kind, name });
  }
}

import { applyDecorators, Header, HttpCode } from '@nestjs/common';
import { type RequestContract, problemSchema } from '@heddle/contracts';
import { ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { z } from 'zod';

type SchemaObject = NonNullable<Extract<Parameters<typeof ApiResponse>[0], { schema?: unknown }>['schema']>;

/** Documents a route that answers with a service's reply, and the problems that it may answer with instead. */
export function Answers(contract: Pick<RequestContract, 'response'> & { service: string }, summary: string, status = 200): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    Header('content-type', 'application/json; charset=utf-8'),
    ApiOperation({ summary }),
    ApiSecurity('token'),
    ApiResponse({ status, description: 'As asked', content: { 'application/json': { schema: schemaOf(contract.response) } } }),
    ...[401, 404, 409, 410, 422, 503].map((code) => problem(code, contract.service)),
  );
}

function problem(status: number, service: string): MethodDecorator {
  const meaning: Record<number, string> = {
    401: 'No valid token', 404: 'No such object', 409: 'The state of the object does not allow it', 410: 'It is kept no longer; the detail tells what is', 422: 'The input is not valid',
    503: `The service '${service}' does not answer; Retry-After tells when to try again`,
  };
  return ApiResponse({ status, description: meaning[status] ?? '', content: { 'application/problem+json': { schema: schemaOf(problemSchema) } } });
}

export function schemaOf(schema: z.ZodType): SchemaObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return rest as SchemaObject;
}

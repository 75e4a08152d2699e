import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { asyncApiDocument } from '@heddle/messaging';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

/** The OpenAPI 3.1 document of the REST API, made from the routes and the contracts' schemas. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Heddle')
    .setDescription('GitOps control mesh for network fabrics. Errors are problem+json with a code and a remedy; lists are cursor pages.')
    .setVersion('1')
    .addSecurity('token', { type: 'http', scheme: 'bearer', description: 'An API token' })
    .build();
  return SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => {
      if (!(schema instanceof z.ZodType)) return undefined;
      const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: schemaType, unrepresentable: 'any' });
      return { schema: rest };
    },
  });
}

/** Serves the document under /api/openapi.json and a page to read and try it under /api/docs. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('api/docs', app, openApiDocument(app), { jsonDocumentUrl: 'api/openapi.json', yamlDocumentUrl: 'api/openapi.yaml', customSiteTitle: 'Heddle API' });
}

/** Serves what travels on the bus, as AsyncAPI 3.0, under /api/asyncapi.json. */
export function serveAsyncApi(app: NestFastifyApplication): void {
  const document = JSON.stringify(asyncApiDocument());
  app.getHttpAdapter().getInstance().get('/api/asyncapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(document));
}

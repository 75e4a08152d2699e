import { Invalid } from '@heddle/platform';
import { StandardSchemaValidationPipe } from '@nestjs/common';

/** Validates bodies, queries and parameters by their schemas; all faults at once, each with its field. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const errors = issues.map((issue) => ({
        field: (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.') || '(body)',
        message: issue.message,
      }));
      return new Invalid({
        code: 'VAL-001', message: `The request is not valid: ${errors.map((error) => `${error.field}: ${error.message}`).join('; ')}`,
        remedy: 'Correct the named fields; /api/docs describes them.', errors,
      });
    },
  });
}

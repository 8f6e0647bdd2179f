import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { validate } from 'src/core/fields/validate';
import { z } from 'zod';

/** Checks what `@Body`, `@Query` and `@Param` take against the zod schema they name; a body or query without one is a fault of ours. */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, { schema, type, data }: ArgumentMetadata): unknown {
    if (type === 'custom') return value;
    if (!(schema instanceof z.ZodType)) throw new Error(`a ${type} argument has no zod schema`);
    const given = type === 'body' && value === undefined ? {} : value; // a request without a body says nothing
    return validate(schema, given, currentContext().language, data);
  }
}

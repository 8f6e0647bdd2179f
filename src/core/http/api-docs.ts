import * as swagger from '@nestjs/swagger';
import { z } from 'zod';

type Mark = ClassDecorator & MethodDecorator;

const marks: (() => void)[] = [];

/**
 * Decorators for the OpenAPI document, under the names that Nest has for them. They take effect when the document is asked for
 * (`markApi`), since it takes hundreds of milliseconds to load what they come from, and most processes are never asked.
 */
const whenAsked =
  <Given extends unknown[]>(decorator: (...given: Given) => ClassDecorator | MethodDecorator) =>
  (...given: Given): Mark =>
  (...place: unknown[]) =>
    void marks.push(() => (decorator(...given) as (...place: unknown[]) => void)(...place));

type Options<Name extends 'ApiBody' | 'ApiHeader' | 'ApiResponse'> = Parameters<(typeof swagger)[Name]>[0];

export const ApiBody = whenAsked((options: Options<'ApiBody'>) => swagger.ApiBody(options));
export const ApiConsumes = whenAsked((...mediaTypes: string[]) => swagger.ApiConsumes(...mediaTypes));
export const ApiExcludeController = whenAsked(() => swagger.ApiExcludeController());
export const ApiExtension = whenAsked((key: string, value: unknown) => swagger.ApiExtension(key, value));
export const ApiHeader = whenAsked((options: Options<'ApiHeader'>) => swagger.ApiHeader(options));
export const ApiResponse = whenAsked((options: Options<'ApiResponse'>) => swagger.ApiResponse(options));
/** What a success may be beside JSON, by media type; `openApi` puts it there. */
export const ApiForms = whenAsked((forms: Record<string, z.ZodType>) =>
  swagger.ApiExtension(
    'x-forms',
    Object.fromEntries(Object.entries(forms).map(([type, form]) => [type, formOf(form)])),
  ),
);
export const ApiTags = whenAsked((...tags: string[]) => swagger.ApiTags(...tags));

function formOf(form: z.ZodType) {
  const { example, ...schema } = z.toJSONSchema(form, { target: 'openapi-3.0' });
  return { schema, example };
}

/** Lets all these decorators take effect. */
export function markApi() {
  for (const mark of marks.splice(0)) mark();
}

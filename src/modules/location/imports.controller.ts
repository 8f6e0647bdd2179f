import { Controller, Get, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { UnsupportedMediaType, ValidationFailed } from 'src/core/errors/common.errors';
import { idParam } from 'src/core/fields/fields';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { ImportsView, ImportView } from 'src/modules/location/imports.dto';
import { ImportsService, LARGEST_IMPORT } from 'src/modules/location/imports.service';

@ApiTags('Location history')
@Controller('location/imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post()
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
  })
  @Returns(201, ImportView, 'The GPX file is here and will be read; ask for its progress.')
  async begin(@CurrentUser() user: Principal, @Req() request: FastifyRequest): Promise<ImportView> {
    if (!request.isMultipart()) throw UnsupportedMediaType();
    const file = await request.file({ limits: { files: 1, fileSize: LARGEST_IMPORT } });
    if (!file) throw ValidationFailed({}, [{ field: 'file', code: 'required' }]);
    try {
      return await this.imports.begin(user, { name: nameOf(file.filename), body: file.file });
    } finally {
      // what is left of a refused file is read and dropped, so that the client gets to hear of it
      file.file.resume();
    }
  }

  @Get()
  @Returns(200, ImportsView, 'The caller’s latest imports, newest first.')
  async list(@CurrentUser() user: Principal): Promise<ImportsView> {
    return { imports: await this.imports.list(user) };
  }

  @Get(':import_id')
  @Returns(200, ImportView, 'How far it is.')
  get(@CurrentUser() user: Principal, @Param('import_id', { schema: idParam() }) id: number): Promise<ImportView> {
    return this.imports.get(user, id);
  }
}

/** For people to know it by again; never a path. */
const nameOf = (filename: string) =>
  filename.replaceAll('\0', '').toWellFormed().split(/[/\\]/).at(-1)!.slice(0, 200) || 'track.gpx';

import { Controller, Get, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiBody, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, Takes } from 'src/core/http/decorators';
import { oneFile } from 'src/core/http/multipart';
import { ImportsView, ImportView } from 'src/modules/location/imports.dto';
import { ImportsService } from 'src/modules/location/imports.service';

@ApiTags('Location history')
@Controller('location/imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post()
  @Takes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
  })
  @Returns(201, ImportView, 'The GPX file is here and will be read; ask for its progress.')
  begin(@CurrentUser() user: Principal, @Req() request: FastifyRequest): Promise<ImportView> {
    return oneFile(request, ({ name, body }) => this.imports.begin(user, { name: nameOf(name), body }));
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

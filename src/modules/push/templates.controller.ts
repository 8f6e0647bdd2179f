import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { Roles } from 'src/core/http/roles';
import { ChangeTemplate, TemplatesQuery, TemplatesView, TemplateView } from 'src/modules/push/templates.dto';
import { TemplatesService } from 'src/modules/push/templates.service';

@ApiTags('Administration')
@Controller('admin/push-templates')
@Roles('admin')
export class TemplatesController {
  constructor(private readonly templates: TemplatesService) {}

  @Get()
  @Returns(200, TemplatesView, 'The texts of pushes in a language. For admins.')
  async list(@Query({ schema: TemplatesQuery }) { language }: TemplatesQuery): Promise<TemplatesView> {
    return { templates: await this.templates.list(language) };
  }

  @Put()
  @Returns(200, TemplateView, 'The text from now on, within some seconds on all nodes. For admins.')
  change(
    @CurrentUser() user: Principal,
    @Body({ schema: ChangeTemplate }) change: ChangeTemplate,
  ): Promise<TemplateView> {
    return this.templates.change(user, change);
  }
}

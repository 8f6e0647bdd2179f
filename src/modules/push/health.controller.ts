import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from 'src/core/http/api-docs';
import { Returns } from 'src/core/http/decorators';
import { Roles } from 'src/core/http/roles';
import { PushHealthView } from 'src/modules/push/health.dto';
import { PushHealthService } from 'src/modules/push/health.service';
import { z } from 'zod';

const PushHealthQuery = z.object({ hours: z.coerce.number().int().min(1).max(168).default(1) });
type PushHealthQuery = z.infer<typeof PushHealthQuery>;

@ApiTags('Administration')
@Controller('admin/push/health')
@Roles('admin')
export class PushHealthController {
  constructor(private readonly health: PushHealthService) {}

  @Get()
  @Returns(200, PushHealthView, 'How pushes do, over the last hour or more hours. For admins.')
  look(@Query({ schema: PushHealthQuery }) { hours }: PushHealthQuery): Promise<PushHealthView> {
    return this.health.look(hours);
  }
}

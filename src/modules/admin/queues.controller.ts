import { Controller, Delete, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, ReturnsNothing } from 'src/core/http/decorators';
import { Roles } from 'src/core/http/roles';
import { QueuesAccess } from 'src/modules/admin/queues.access';

@ApiTags('Administration')
@Controller('admin/queues/session')
@Roles('admin')
export class QueuesController {
  constructor(private readonly access: QueuesAccess) {}

  @Post()
  @ReturnsNothing('A cookie that opens the page `/admin/queues` in this browser for 15 minutes. For admins.')
  async open(@CurrentUser() user: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    void reply.header('Set-Cookie', await this.access.grant(user));
  }

  @Delete()
  @ReturnsNothing('The cookie is gone.')
  close(@Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.header('Set-Cookie', this.access.revoke());
  }
}

import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { SessionsView, toSessionView } from 'src/modules/auth/sessions.dto';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { z } from 'zod';

@ApiTags('Sessions')
@Controller(['sessions', 'auth/sessions'])
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Returns(200, SessionsView, 'Where the caller is signed in, newest sign-in first.')
  async list(@CurrentUser() user: Principal, @Query({ schema: PageQuery }) query: PageQuery): Promise<SessionsView> {
    const page = await this.sessions.list(user.userId, query);
    return toListView('sessions', page, (session) => toSessionView(session, user.sessionId));
  }

  @Delete()
  @ReturnsNothing('All other sessions have ended: their tokens are void, their sockets closed.')
  endOthers(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.endAll(user.userId, user.sessionId);
  }

  @Delete(':id')
  @ReturnsNothing('The session has ended: its tokens are void, its sockets closed.')
  end(@CurrentUser() user: Principal, @Param('id', { schema: z.uuid() }) id: string): Promise<void> {
    return this.sessions.endOne(user.userId, id);
  }
}

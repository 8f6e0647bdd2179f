import { Controller, Delete, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiBody, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing, Takes } from 'src/core/http/decorators';
import { oneFile } from 'src/core/http/multipart';
import { ChatAvatarsService } from 'src/modules/chats/chat-avatars.service';
import { AvatarView } from 'src/modules/files/avatars.dto';

const rowId = { schema: idParam() };

@ApiTags('Chats')
@Controller('chats/:chat_id/avatar')
export class ChatAvatarsController {
  constructor(private readonly avatars: ChatAvatarsService) {}

  @Post()
  @Takes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['avatar'], properties: { avatar: { type: 'string', format: 'binary' } } },
  })
  @Returns(201, AvatarView, 'The picture that all in the group see from now on. For those who may edit it.')
  set(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Req() request: FastifyRequest,
  ): Promise<AvatarView> {
    return oneFile(request, (picture) => this.avatars.set(user, chatId, picture));
  }

  @Delete()
  @ReturnsNothing('The group has no picture any more. For those who may edit it.')
  remove(@CurrentUser() user: Principal, @Param('chat_id', rowId) chatId: number): Promise<void> {
    return this.avatars.remove(user, chatId);
  }
}

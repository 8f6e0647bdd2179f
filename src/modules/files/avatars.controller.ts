import { Controller, Delete, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { ApiBody, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing, Takes } from 'src/core/http/decorators';
import { oneFile } from 'src/core/http/multipart';
import { AvatarView } from 'src/modules/files/avatars.dto';
import { AvatarsService } from 'src/modules/files/avatars.service';

@ApiTags('Profile')
@Controller()
export class AvatarsController {
  constructor(private readonly avatars: AvatarsService) {}

  @Post(['profile/avatar', 'upload-avatar'])
  @Takes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['avatar'], properties: { avatar: { type: 'string', format: 'binary' } } },
  })
  @Returns(201, AvatarView, 'The picture that others see from now on.')
  set(@CurrentUser() user: Principal, @Req() request: FastifyRequest): Promise<AvatarView> {
    return oneFile(request, (picture) => this.avatars.set(user.userId, picture));
  }

  @Delete('profile/avatar')
  @ReturnsNothing('There is no picture any more.')
  remove(@CurrentUser() user: Principal): Promise<void> {
    return this.avatars.remove(user.userId);
  }
}

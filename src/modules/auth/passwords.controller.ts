import { Body, Controller, Ip, Post, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, RateLimit, ReturnsNothing } from 'src/core/http/decorators';
import { ChangePassword } from 'src/modules/auth/passwords.dto';
import { PasswordsService } from 'src/modules/auth/passwords.service';

const CHANGE = ['auth/change-password', 'settings/security/change-password'];
const CHANGED = 'The password is changed; all other sessions have ended.';
const CHANGE_LIMIT = { name: 'change_password', points: 20, seconds: 300 };

@ApiTags('Passwords')
@Controller()
export class PasswordsController {
  constructor(private readonly passwords: PasswordsService) {}

  @Post(CHANGE)
  @RateLimit(CHANGE_LIMIT)
  @ReturnsNothing(CHANGED)
  change(
    @CurrentUser() user: Principal,
    @Body({ schema: ChangePassword }) body: ChangePassword,
    @Ip() ip: string,
  ): Promise<void> {
    return this.passwords.change(user, body.current_password ?? body.old_password!, body.new_password, ip);
  }

  /** For clients that put. */
  @Put(CHANGE)
  @RateLimit(CHANGE_LIMIT)
  @ReturnsNothing(CHANGED)
  put(
    @CurrentUser() user: Principal,
    @Body({ schema: ChangePassword }) body: ChangePassword,
    @Ip() ip: string,
  ): Promise<void> {
    return this.change(user, body, ip);
  }
}

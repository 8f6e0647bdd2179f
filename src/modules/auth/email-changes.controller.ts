import { Body, Controller, Ip, Post } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Public, RateLimit, ReturnsNothing } from 'src/core/http/decorators';
import { EmailChangesService } from 'src/modules/auth/email-changes.service';
import { SEND, TRY } from 'src/modules/auth/email.controller';
import { ChangeEmail, VerifyEmail, VerifyEmailLink } from 'src/modules/auth/email.dto';

const CHANGED = 'The address is the one of the account, and verified; the one before is told.';

@ApiTags('E-mail')
@Controller()
export class EmailChangesController {
  constructor(private readonly changes: EmailChangesService) {}

  @Post(['profile/change-email', 'auth/change-email'])
  @RateLimit(SEND)
  @ReturnsNothing(
    'A code is on its way to the new address, unless that got one within a minute; until it comes back nothing changes. The address that ' +
      'the account has takes back what was asked before.',
  )
  request(@CurrentUser() user: Principal, @Body({ schema: ChangeEmail }) body: ChangeEmail, @Ip() ip: string) {
    return this.changes.request(user.userId, body, ip);
  }

  @Post(['profile/confirm-new-email', 'auth/confirm-new-email'])
  @RateLimit(TRY)
  @ReturnsNothing(CHANGED)
  confirm(@CurrentUser() user: Principal, @Body({ schema: VerifyEmail }) body: VerifyEmail, @Ip() ip: string) {
    return this.changes.confirm({ userId: user.userId, code: body.verification_code }, ip);
  }

  @Post('auth/confirm-new-email/link')
  @Public()
  @RateLimit(TRY)
  @ReturnsNothing(CHANGED)
  confirmByLink(@Body({ schema: VerifyEmailLink }) { token }: VerifyEmailLink, @Ip() ip: string) {
    return this.changes.confirm({ token }, ip);
  }
}

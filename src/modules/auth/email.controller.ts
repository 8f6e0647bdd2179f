import { Body, Controller, Ip, Post } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Public, RateLimit, ReturnsNothing } from 'src/core/http/decorators';
import { ForgotPassword, ResetPassword, VerifyEmail, VerifyEmailLink } from 'src/modules/auth/email.dto';
import { EmailService } from 'src/modules/auth/email.service';

export const SEND = { name: 'email_code', points: 10, seconds: 900 };
export const TRY = { name: 'email_try', points: 30, seconds: 900 };

@ApiTags('E-mail')
@Controller()
export class EmailController {
  constructor(private readonly email: EmailService) {}

  @Post(['profile/send-email-verification', 'auth/send-email-verification'])
  @RateLimit(SEND)
  @ReturnsNothing(
    'A code is on its way to the address of the account, unless that is verified or got one within a minute.',
  )
  requestVerification(@CurrentUser() user: Principal): Promise<void> {
    return this.email.requestVerification(user.userId);
  }

  @Post(['profile/verify-email', 'auth/verify-email'])
  @RateLimit(TRY)
  @ReturnsNothing('The address is verified.')
  verify(@CurrentUser() user: Principal, @Body({ schema: VerifyEmail }) body: VerifyEmail): Promise<void> {
    return this.email.verify({ userId: user.userId, code: body.verification_code });
  }

  @Post('auth/verify-email/link')
  @Public()
  @RateLimit(TRY)
  @ReturnsNothing('The address is verified.')
  verifyByLink(@Body({ schema: VerifyEmailLink }) { token }: VerifyEmailLink): Promise<void> {
    return this.email.verify({ token });
  }

  @Post(['forgot-password', 'auth/forgot-password'])
  @Public()
  @RateLimit(SEND)
  @ReturnsNothing('If there is an account of this address, a code is on its way.')
  forgot(@Body({ schema: ForgotPassword }) { email }: ForgotPassword): Promise<void> {
    return this.email.requestReset(email);
  }

  @Post(['reset-password', 'auth/reset-password'])
  @Public()
  @RateLimit(TRY)
  @ReturnsNothing('The new password is set; all sessions have ended.')
  reset(@Body({ schema: ResetPassword }) body: ResetPassword, @Ip() ip: string): Promise<void> {
    return this.email.reset(body, ip);
  }
}

import { Body, Controller, Get, Ip, Post } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, RateLimit, Returns, ReturnsNothing } from 'src/core/http/decorators';
import {
  ConfirmTwoFactor,
  DisableTwoFactor,
  EnableTwoFactor,
  EnrolmentView,
  RecoveryCodesView,
  RenewRecoveryCodes,
  TwoFactorView,
} from 'src/modules/auth/two-factor.dto';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';

const TRY = { name: 'two_factor', points: 30, seconds: 300 };

@ApiTags('Two-factor')
@Controller('settings/security/2fa')
export class TwoFactorController {
  constructor(private readonly factors: TwoFactorService) {}

  @Get()
  @Returns(200, TwoFactorView, 'Whether a code is asked for at sign-in.')
  async status(@CurrentUser() { userId }: Principal): Promise<TwoFactorView> {
    const { enabled, recoveryCodesLeft } = await this.factors.status(userId);
    return { enabled, recovery_codes_left: recoveryCodesLeft };
  }

  @Post('enable')
  @RateLimit(TRY)
  @Returns(200, EnrolmentView, 'The secret for an authenticator app; nothing changes before it is confirmed.')
  async enable(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: EnableTwoFactor }) { password }: EnableTwoFactor,
    @Ip() ip: string,
  ): Promise<EnrolmentView> {
    const { secret, otpauthUrl } = await this.factors.begin(userId, password, ip);
    return { secret, otpauth_url: otpauthUrl };
  }

  @Post('confirm')
  @RateLimit(TRY)
  @Returns(200, RecoveryCodesView, 'It is on.')
  async confirm(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: ConfirmTwoFactor }) { code }: ConfirmTwoFactor,
    @Ip() ip: string,
  ): Promise<RecoveryCodesView> {
    return { recovery_codes: await this.factors.confirm(userId, code, ip) };
  }

  @Post('recovery-codes')
  @RateLimit(TRY)
  @Returns(200, RecoveryCodesView, 'New recovery codes; those before are void.')
  async renewRecoveryCodes(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: RenewRecoveryCodes }) { password, code }: RenewRecoveryCodes,
    @Ip() ip: string,
  ): Promise<RecoveryCodesView> {
    return { recovery_codes: await this.factors.renewRecoveryCodes(userId, password, code, ip) };
  }

  @Post('disable')
  @RateLimit(TRY)
  @ReturnsNothing('It is off.')
  disable(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: DisableTwoFactor }) { password, code }: DisableTwoFactor,
    @Ip() ip: string,
  ): Promise<void> {
    return this.factors.disable(userId, password, code, ip);
  }
}

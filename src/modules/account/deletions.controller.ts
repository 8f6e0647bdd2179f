import { Body, Controller, Delete, Ip } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, RateLimit, Returns } from 'src/core/http/decorators';
import { DeleteAccount, DeletionView } from 'src/modules/account/deletions.dto';
import { DeletionsService } from 'src/modules/account/deletions.service';

@ApiTags('Account')
@Controller()
export class DeletionsController {
  constructor(private readonly deletions: DeletionsService) {}

  @Delete(['profile', 'settings/account'])
  @RateLimit({ name: 'delete_account', points: 30, seconds: 300 })
  @Returns(200, DeletionView, 'The account is closed, all its sessions have ended, and it will be deleted.')
  async request(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: DeleteAccount }) body: DeleteAccount,
    @Ip() ip: string,
  ): Promise<DeletionView> {
    return { deletion_due_at: (await this.deletions.request(userId, body, ip)).toISOString() };
  }
}

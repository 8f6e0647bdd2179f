import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from 'src/core/http/api-docs';
import { Returns } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { AdminOrService } from 'src/core/http/service-key';
import { SendPush, SentPushView } from 'src/modules/push/send.dto';
import { SendService } from 'src/modules/push/send.service';

@ApiTags('Push notifications')
@Controller('push-notifications')
@AdminOrService()
export class SendController {
  constructor(private readonly sending: SendService) {}

  @Post('send')
  @Idempotent()
  @Returns(201, SentPushView, 'They will be told. For admins, and holders of the service key (`X-Service-Key`).')
  send(@Body({ schema: SendPush }) body: SendPush): Promise<SentPushView> {
    return this.sending.send(body);
  }
}

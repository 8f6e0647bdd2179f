import { Body, Controller, Param, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { AnswerCall, CallView, DeclineCall, EndCall, JoinedCallView } from 'src/modules/calls/calls.dto';
import { CallsService } from 'src/modules/calls/calls.service';

const callId = { schema: idParam() };

/** The same as with POST, for clients of the system whose interface this is. */
@ApiTags('Calls')
@Controller('video-calls')
export class CallsPutController {
  constructor(private readonly calls: CallsService) {}

  @Put(':call_id/answer')
  @Returns(200, JoinedCallView, 'The same as with POST.')
  answer(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: AnswerCall }) { accept, ...media }: AnswerCall,
  ): Promise<JoinedCallView> {
    return accept ? this.calls.answer(user, id, media) : this.calls.refuse(user, id);
  }

  @Put(':call_id/decline')
  @Returns(200, CallView, 'The same as with POST.')
  decline(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: DeclineCall }) body: DeclineCall,
  ): Promise<CallView> {
    return this.calls.decline(user, id, body);
  }

  @Put(':call_id/end')
  @Returns(200, CallView, 'The same as with POST.')
  end(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: EndCall }) body: EndCall,
  ): Promise<CallView> {
    return this.calls.end(user, id, body);
  }
}

import { Body, Controller, Get, Param, Post, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import {
  AddToCall,
  AnswerCall,
  CallView,
  DeclineCall,
  EndCall,
  InitiateCall,
  JoinCall,
  JoinedCallView,
  TicketView,
  UpdatedPartView,
  UpdatePart,
} from 'src/modules/calls/calls.dto';
import { CallsService } from 'src/modules/calls/calls.service';
import { DiallingService } from 'src/modules/calls/dialling.service';

const callId = { schema: idParam() };

@ApiTags('Calls')
@Controller('video-calls')
export class CallsController {
  constructor(
    private readonly dialling: DiallingService,
    private readonly calls: CallsService,
  ) {}

  @Post('initiate')
  @Idempotent()
  @Returns(
    [201, 200],
    JoinedCallView,
    'The new call; 200 if it is one that the caller is called in, or is in, already.',
  )
  async initiate(
    @CurrentUser() user: Principal,
    @Body({ schema: InitiateCall }) body: InitiateCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JoinedCallView> {
    const { call, created } = await this.dialling.initiate(user, body);
    void reply.status(created ? 201 : 200);
    return call;
  }

  @Get(':call_id')
  @Returns(200, CallView, 'The call and who has a part in it.')
  get(@CurrentUser() user: Principal, @Param('call_id', callId) id: number): Promise<CallView> {
    return this.calls.get(user, id);
  }

  @Post(':call_id/ringing')
  @Returns(200, CallView, 'The call as it is now; a device of the caller’s rings.')
  ring(@CurrentUser() user: Principal, @Param('call_id', callId) id: number): Promise<CallView> {
    return this.calls.ring(user, id);
  }

  @Post(':call_id/answer')
  @Returns(200, JoinedCallView, 'The call, answered on this device. 409 if another device was quicker.')
  answer(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: AnswerCall }) { accept, ...media }: AnswerCall,
  ): Promise<JoinedCallView> {
    return accept ? this.calls.answer(user, id, media) : this.calls.refuse(user, id);
  }

  @Post(':call_id/join')
  @Returns(200, JoinedCallView, 'The caller is in the call, late, again, or now with this device.')
  join(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: JoinCall }) media: JoinCall,
  ): Promise<JoinedCallView> {
    return this.calls.join(user, id, media);
  }

  @Post(':call_id/decline')
  @Returns(200, CallView, 'The call as it is now.')
  decline(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: DeclineCall }) body: DeclineCall,
  ): Promise<CallView> {
    return this.calls.decline(user, id, body);
  }

  @Post(':call_id/end')
  @Returns(200, CallView, 'The call as it is now; one that is over stays as it was.')
  end(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: EndCall }) body: EndCall,
  ): Promise<CallView> {
    return this.calls.end(user, id, body);
  }

  @Post(':call_id/participants')
  @Returns(200, CallView, 'The call; those who were not engaged are being called.')
  invite(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: AddToCall }) { user_ids: userIds }: AddToCall,
  ): Promise<CallView> {
    return this.dialling.invite(user, id, userIds);
  }

  @Put(':call_id/participants/me')
  @Returns(200, UpdatedPartView, 'The caller’s microphone and camera.')
  update(
    @CurrentUser() user: Principal,
    @Param('call_id', callId) id: number,
    @Body({ schema: UpdatePart }) body: UpdatePart,
  ): Promise<UpdatedPartView> {
    return this.calls.update(user, id, body);
  }

  @Post(':call_id/token')
  @Returns(200, TicketView, 'What the caller needs for the media, new.')
  token(@CurrentUser() user: Principal, @Param('call_id', callId) id: number): Promise<TicketView> {
    return this.calls.ticket(user, id);
  }
}

import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PageQuery } from 'src/core/http/paging';
import { MarkedView, MarkRead, MarkReadQuery, MessageReceiptListView, ReadView } from 'src/modules/chats/receipts.dto';
import { ReceiptsService } from 'src/modules/chats/receipts.service';

const rowId = { schema: idParam() };

@ApiTags('Chats')
@Controller()
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptsService) {}

  @Put('messages/:message_id/read')
  @Returns(200, MarkedView, 'All messages up to this one have been read by the caller.')
  read(@CurrentUser() user: Principal, @Param('message_id', rowId) id: number): Promise<MarkedView> {
    return this.receipts.mark(user, 'read', id);
  }

  @Post('chats/:chat_id/messages/mark-read')
  @Returns(200, ReadView, 'All messages up to one, or to the newest, have been read by the caller.')
  markRead(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Query({ schema: MarkReadQuery }) query: MarkReadQuery,
    @Body({ schema: MarkRead }) body: MarkRead,
  ): Promise<ReadView> {
    return this.receipts.markRead(user, chatId, body.up_to_message_id ?? query.up_to_message_id);
  }

  @Get('messages/:message_id/receipts')
  @Returns(200, MessageReceiptListView, 'How far the message has come with each participant but its sender.')
  ofMessage(
    @CurrentUser() user: Principal,
    @Param('message_id', rowId) id: number,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<MessageReceiptListView> {
    return this.receipts.ofMessage(user, id, query);
  }
}

import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import {
  DeleteMessageQuery,
  EditListView,
  EditMessage,
  React,
  ReactionsView,
  toEditView,
} from 'src/modules/chats/contents.dto';
import { DeletionsService } from 'src/modules/chats/deletions.service';
import { EditsService } from 'src/modules/chats/edits.service';
import { HidingsService } from 'src/modules/chats/hidings.service';
import { MessageView } from 'src/modules/chats/messages.dto';
import { PinsService } from 'src/modules/chats/pins.service';
import { ReactionsService } from 'src/modules/chats/reactions.service';

const messageId = () => Param('message_id', { schema: idParam() });

/** What becomes of a message after it was sent. */
@ApiTags('Messages')
@Controller('messages/:message_id')
export class ContentsController {
  constructor(
    private readonly edits: EditsService,
    private readonly deletions: DeletionsService,
    private readonly hidings: HidingsService,
    private readonly reactions: ReactionsService,
    private readonly pins: PinsService,
  ) {}

  @Put()
  @Returns(200, MessageView, 'The message as it says now. Only its sender may, and not for ever.')
  edit(
    @CurrentUser() user: Principal,
    @messageId() id: number,
    @Body({ schema: EditMessage }) { content }: EditMessage,
  ) {
    return this.edits.edit(user, id, content);
  }

  @Get('edits')
  @Returns(200, EditListView, 'What the message said before, oldest first.')
  async history(@CurrentUser() user: Principal, @messageId() id: number): Promise<EditListView> {
    return toListView('edits', { items: await this.edits.history(user, id), nextCursor: null }, toEditView);
  }

  @Delete()
  @ReturnsNothing('It is deleted: for all by its sender, or by those who govern the group; for oneself by anybody.')
  delete(
    @CurrentUser() user: Principal,
    @messageId() id: number,
    @Query({ schema: DeleteMessageQuery }) { for: whom }: DeleteMessageQuery,
  ): Promise<void> {
    return whom === 'all' ? this.deletions.forAll(user, id) : this.hidings.hide(user, id);
  }

  @Put('reactions')
  @Returns(200, ReactionsView, 'The caller’s and everybody’s reactions.')
  react(@CurrentUser() user: Principal, @messageId() id: number, @Body({ schema: React }) { emojis }: React) {
    return this.reactions.react(user, id, emojis);
  }

  @Put('pin')
  @Returns(200, MessageView, 'The message, pinned for everybody in the chat.')
  pin(@CurrentUser() user: Principal, @messageId() id: number): Promise<MessageView> {
    return this.pins.set(user, id, true);
  }

  @Delete('pin')
  @Returns(200, MessageView, 'The message, not pinned any more.')
  unpin(@CurrentUser() user: Principal, @messageId() id: number): Promise<MessageView> {
    return this.pins.set(user, id, false);
  }
}

import { Controller, Get, Param, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { FoundMessagesView, MediaQuery, SearchQuery, ThreadView } from 'src/modules/chats/contents.dto';
import { FoundMessagesService } from 'src/modules/chats/found-messages.service';

const chatId = () => Param('chat_id', { schema: idParam() });

/** Messages found by what they say or are. */
@ApiTags('Messages')
@Controller()
export class FoundMessagesController {
  constructor(private readonly found: FoundMessagesService) {}

  @Get('messages/search')
  @Returns(200, FoundMessagesView, 'Messages in any of the caller’s chats that say what is asked for, newest first.')
  async search(@CurrentUser() user: Principal, @Query({ schema: SearchQuery }) query: SearchQuery) {
    return toListView('messages', await this.found.search(user, query));
  }

  @Get('chats/:chat_id/messages/search')
  @Returns(200, FoundMessagesView, 'Messages in the chat that say what is asked for, newest first.')
  async searchChat(
    @CurrentUser() user: Principal,
    @chatId() id: number,
    @Query({ schema: SearchQuery }) query: SearchQuery,
  ) {
    return toListView('messages', await this.found.search(user, query, id));
  }

  @Get('chats/:chat_id/media')
  @Returns(200, FoundMessagesView, 'Messages in the chat that carry pictures, films, sounds or files, newest first.')
  async media(@CurrentUser() user: Principal, @chatId() id: number, @Query({ schema: MediaQuery }) query: MediaQuery) {
    return toListView('messages', await this.found.media(user, id, query));
  }

  @Get('chats/:chat_id/links')
  @Returns(200, FoundMessagesView, 'Messages in the chat that hold web addresses, newest first.')
  async links(@CurrentUser() user: Principal, @chatId() id: number, @Query({ schema: PageQuery }) query: PageQuery) {
    return toListView('messages', await this.found.links(user, id, query));
  }

  @Get('chats/:chat_id/pins')
  @Returns(200, FoundMessagesView, 'The pinned messages of the chat, those pinned last first.')
  async pins(@CurrentUser() user: Principal, @chatId() id: number) {
    return toListView('messages', await this.found.pinned(user, id));
  }

  @Get('messages/:message_id/thread')
  @Returns(200, ThreadView, 'The message with which the thread began, and those in it, oldest first.')
  async thread(
    @CurrentUser() user: Principal,
    @Param('message_id', { schema: idParam() }) id: number,
    @Query({ schema: PageQuery }) query: PageQuery,
  ) {
    const { root, page } = await this.found.thread(user, id, query);
    return { root, ...toListView('messages', page) };
  }
}

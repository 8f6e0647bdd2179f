import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { LanguagesService } from 'src/modules/languages/languages.service';

@Injectable()
export class LanguagesRealtime {
  constructor(
    private readonly languages: LanguagesService,
    private readonly realtime: Realtime,
  ) {}

  @OnRequest('set_language')
  setLanguage(_user: Principal, { language: name }: RequestBody<'set_language'>, socket: Socket) {
    const language = this.languages.choose(name);
    this.realtime.speak(socket, language);
    return this.languages.current(language);
  }
}

import { Module } from '@nestjs/common';
import { LanguagesController } from 'src/modules/languages/languages.controller';
import { LanguagesRealtime } from 'src/modules/languages/languages.realtime';
import { LanguagesService } from 'src/modules/languages/languages.service';

@Module({ controllers: [LanguagesController], providers: [LanguagesService, LanguagesRealtime] })
export class LanguagesModule {}

import { Module } from '@nestjs/common';
import { LanguagesController } from 'src/modules/languages/languages.controller';

@Module({ controllers: [LanguagesController] })
export class LanguagesModule {}

import { Module } from '@nestjs/common';
import { SettingsController } from 'src/modules/settings/settings.controller';
import { SettingsService } from 'src/modules/settings/settings.service';
import { UsersModule } from 'src/modules/users/users.module';

@Module({ imports: [UsersModule], controllers: [SettingsController], providers: [SettingsService] })
export class SettingsModule {}

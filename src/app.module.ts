import { Module, type DynamicModule } from '@nestjs/common';
import type { Env } from 'src/config/env';
import { CoreModule } from 'src/core/core.module';
import { AccountModule } from 'src/modules/account/account.module';
import { AdminModule } from 'src/modules/admin/admin.module';
import { AttachmentsModule } from 'src/modules/attachments/attachments.module';
import { AuditModule } from 'src/modules/audit/audit.module';
import { AuthModule } from 'src/modules/auth/auth.module';
import { CallsModule } from 'src/modules/calls/calls.module';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { FilesModule } from 'src/modules/files/files.module';
import { GeofencesModule } from 'src/modules/geofences/geofences.module';
import { LanguagesModule } from 'src/modules/languages/languages.module';
import { LocationModule } from 'src/modules/location/location.module';
import { NearbyModule } from 'src/modules/nearby/nearby.module';
import { MediaModule } from 'src/modules/media/media.module';
import { ModerationModule } from 'src/modules/moderation/moderation.module';
import { PresenceModule } from 'src/modules/presence/presence.module';
import { BroadcastsModule } from 'src/modules/push/broadcasts.module';
import { PushHealthModule } from 'src/modules/push/health.module';
import { PushModule } from 'src/modules/push/push.module';
import { SettingsModule } from 'src/modules/settings/settings.module';
import { UsersModule } from 'src/modules/users/users.module';

/** All features, lowest rank first: each may use only those above its line. */
const features = [
  UsersModule,
  LanguagesModule,
  AuditModule,
  AuthModule,
  PushModule,
  BroadcastsModule,
  PushHealthModule,
  FilesModule,
  MediaModule,
  AdminModule,
  SettingsModule,
  AccountModule,
  ChatsModule,
  PresenceModule,
  LocationModule,
  GeofencesModule,
  NearbyModule,
  AttachmentsModule,
  CallsModule,
  ModerationModule,
];

@Module({})
export class AppModule {
  static with(env: Env): DynamicModule {
    return { module: AppModule, imports: [CoreModule.with(env), ...features] };
  }
}

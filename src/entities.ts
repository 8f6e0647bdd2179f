import { IdempotencyKey } from 'src/core/http/idempotency.entity';
import { OutboxRow } from 'src/core/jobs/outbox.entity';
import { RedisSighting } from 'src/core/redis/redis-sighting.entity';
import { UserEvent, UserStream } from 'src/core/streams/user-events.entity';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import { AccountErasure } from 'src/modules/account/erasures.entities';
import { DataExport } from 'src/modules/account/exports.entities';
import { AuditEntry } from 'src/modules/audit/audit.entities';
import { EmailCode, RefreshToken, Session } from 'src/modules/auth/auth.entities';
import { SecurityEvent, SecuritySettings } from 'src/modules/auth/security-log.entities';
import { RecoveryCode, TwoFactor } from 'src/modules/auth/two-factor.entities';
import { CallParticipant, VideoCall } from 'src/modules/calls/calls.entities';
import { Chat, ChatChange, ChatInvite, ChatParticipant, Message } from 'src/modules/chats/chats.entities';
import { MessageEdit, MessageHide, MessageMention, MessageReaction } from 'src/modules/chats/contents.entities';
import { FileDay, FileRendition, StoredFile, UserAvatar } from 'src/modules/files/files.entities';
import {
  GeofenceArea,
  GeofenceCursor,
  GeofenceEvent,
  GeofenceRefusal,
  GeofenceState,
  GeofenceWatch,
} from 'src/modules/geofences/geofences.entities';
import { LocationImport } from 'src/modules/location/imports.entities';
import {
  LiveLocation,
  LocationFix,
  LocationFollower,
  LocationKey,
  LocationSettings,
  UserLocation,
} from 'src/modules/location/location.entities';
import { LocationRead, LocationRequest, LocationShare, PrivatePlaceRow } from 'src/modules/location/shares.entities';
import { NearbyUser } from 'src/modules/nearby/nearby.entities';
import { Sticker, StickerFavorite, StickerPack, StickerUse } from 'src/modules/media/stickers.entities';
import { Report } from 'src/modules/moderation/moderation.entities';
import { Broadcast, BroadcastPart } from 'src/modules/push/broadcasts.entities';
import { NotificationPreferences } from 'src/modules/push/preferences.entities';
import { DeviceToken, PushDelivery, PushNotification } from 'src/modules/push/push.entities';
import { PushTemplate } from 'src/modules/push/templates.entities';
import { FormerUsername, User, UserBlock } from 'src/modules/users/users.entities';

/** All tables, for the data source. */
export const entities = [
  Tenant,
  OutboxRow,
  RedisSighting,
  IdempotencyKey,
  UserStream,
  UserEvent,
  User,
  FormerUsername,
  UserBlock,
  AuditEntry,
  Session,
  RefreshToken,
  EmailCode,
  TwoFactor,
  RecoveryCode,
  SecurityEvent,
  SecuritySettings,
  DeviceToken,
  NotificationPreferences,
  PushDelivery,
  PushNotification,
  Broadcast,
  BroadcastPart,
  PushTemplate,
  StoredFile,
  FileDay,
  FileRendition,
  UserAvatar,
  StickerPack,
  Sticker,
  StickerFavorite,
  StickerUse,
  Chat,
  ChatChange,
  ChatParticipant,
  ChatInvite,
  Message,
  MessageEdit,
  MessageReaction,
  MessageMention,
  MessageHide,
  UserLocation,
  LiveLocation,
  LocationKey,
  LocationFix,
  LocationFollower,
  LocationSettings,
  LocationShare,
  LocationRead,
  LocationRequest,
  PrivatePlaceRow,
  LocationImport,
  NearbyUser,
  GeofenceArea,
  GeofenceCursor,
  GeofenceState,
  GeofenceEvent,
  GeofenceWatch,
  GeofenceRefusal,
  DataExport,
  VideoCall,
  CallParticipant,
  AccountErasure,
  Report,
];

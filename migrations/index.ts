import { CreateCore1763700000000 } from 'migrations/1763700000000-create-core';
import { CreateAccounts1763700100000 } from 'migrations/1763700100000-create-accounts';
import { CreatePush1763700200000 } from 'migrations/1763700200000-create-push';
import { CreateChats1763700210000 } from 'migrations/1763700210000-create-chats';
import { CreateLocation1763700300000 } from 'migrations/1763700300000-create-location';
import { CreateGeofences1763700400000 } from 'migrations/1763700400000-create-geofences';
import { CreateEmailCodes1763800100000 } from 'migrations/1763800100000-create-email-codes';
import { CreateTwoFactors1763800110000 } from 'migrations/1763800110000-create-two-factors';
import { AddProfileStatusAndPrivacy1763800200000 } from 'migrations/1763800200000-add-profile-status-and-privacy';
import { CreateUserBlocks1763800210000 } from 'migrations/1763800210000-create-user-blocks';
import { IndexPeopleSearch1763800220000 } from 'migrations/1763800220000-index-people-search';
import { AddRolesAndAuditLog1763800230000 } from 'migrations/1763800230000-add-roles-and-audit-log';
import { NumberAllChanges1795258796382 } from 'migrations/1795258796382-number-all-changes';
import { PartitionLocations1795259076534 } from 'migrations/1795259076534-partition-locations';
import { CreateFiles1795259131124 } from 'migrations/1795259131124-create-files';
import { CreateDataExports1795259358301 } from 'migrations/1795259358301-create-data-exports';
import { AddMessageContents1795259435221 } from 'migrations/1795259435221-add-message-contents';
import { CreateSecurityEvents1795259999384 } from 'migrations/1795259999384-create-security-events';
import { CreateCalls1795259900325 } from 'migrations/1795259900325-create-calls';
import { CountAndSweepFiles1795260484915 } from 'migrations/1795260484915-count-and-sweep-files';
import { WidenLocationShares1795260850192 } from 'migrations/1795260850192-widen-location-shares';
import { LetAccountsBeDeleted1795261103074 } from 'migrations/1795261103074-let-accounts-be-deleted';
import { AttachFilesToMessages1795263247002 } from 'migrations/1795263247002-attach-files-to-messages';
import { CreateFileRenditions1795262302086 } from 'migrations/1795262302086-create-file-renditions';
import { CreateLocationImports1795262477962 } from 'migrations/1795262477962-create-location-imports';
import { CreateNearbyUsers1795263098845 } from 'migrations/1795263098845-create-nearby-users';
import { ExplainGeofenceEvents1795263835686 } from 'migrations/1795263835686-explain-geofence-events';
import { LetGeofencesBePolygons1795265063885 } from 'migrations/1795265063885-let-geofences-be-polygons';
import { CreateStickers1795264812452 } from 'migrations/1795264812452-create-stickers';
import { AddChatRulesAndInvites1795266072459 } from 'migrations/1795266072459-add-chat-rules-and-invites';
import { CreateReports1795266072519 } from 'migrations/1795266072519-create-reports';
import { AddReadReceipts1795266285056 } from 'migrations/1795266285056-add-read-receipts';
import { IndexAdminsSearch1795271654501 } from 'migrations/1795271654501-index-admins-search';
import { LetGeofencesWatchOthers1795272495282 } from 'migrations/1795272495282-let-geofences-watch-others';
import { AddChatAvatars1795272957305 } from 'migrations/1795272957305-add-chat-avatars';
import { NoteActsOnNobody1795272761278 } from 'migrations/1795272761278-note-acts-on-nobody';
import { CreateBroadcasts1795273760771 } from 'migrations/1795273760771-create-broadcasts';
import { TracePushesByDevice1795274769733 } from 'migrations/1795274769733-trace-pushes-by-device';
import { CreatePushTemplates1795275411542 } from 'migrations/1795275411542-create-push-templates';
import { CountAttemptsOfParkedWork1795292733552 } from 'migrations/1795292733552-count-attempts-of-parked-work';
import { AddNotificationPreferences1795273081727 } from 'migrations/1795273081727-add-notification-preferences';
import { LetPointsStreamIn1795272822771 } from 'migrations/1795272822771-let-points-stream-in';
import { IndexFencesByPlace1795297335954 } from 'migrations/1795297335954-index-fences-by-place';
import { CreateRedisSightings1795298029223 } from 'migrations/1795298029223-create-redis-sightings';
import { IndexOpenPushes1795991374922 } from 'migrations/1795991374922-index-open-pushes';
import { IndexWhatIsToldOfOthers1796100000001 } from 'migrations/1796100000001-index-what-is-told-of-others';
import { BindDevicesToSessions1796100000002 } from 'migrations/1796100000002-bind-devices-to-sessions';
import { LetGeofenceEventsGo1796100000201 } from 'migrations/1796100000201-let-geofence-events-go';
import { NoteWhenFixesArrive1796100000202 } from 'migrations/1796100000202-note-when-fixes-arrive';
import { KnowWhoHasWritten1796100000101 } from 'migrations/1796100000101-know-who-has-written';
import { KeepSharesOfEndedChats1796100000102 } from 'migrations/1796100000102-keep-shares-of-ended-chats';
import { EndLinksOfThoseWhoLeft1796100000301 } from 'migrations/1796100000301-end-links-of-those-who-left';
import { SealIdempotentAnswers1796100000401 } from 'migrations/1796100000401-seal-idempotent-answers';
import { SayWhoIsAContact1796200000001 } from 'migrations/1796200000001-say-who-is-a-contact';
import { IndexExpiredTokens1796200000501 } from 'migrations/1796200000501-index-expired-tokens';
import { NoteOneReadAnHourOfALink1796200000301 } from 'migrations/1796200000301-note-one-read-an-hour-of-a-link';
import { CountPositionsOfFences1796200000201 } from 'migrations/1796200000201-count-positions-of-fences';
import { SettleSidesByMoreThanOneFix1796200000202 } from 'migrations/1796200000202-settle-sides-by-more-than-one-fix';
import { KeepFilesOfReports1796200000701 } from 'migrations/1796200000701-keep-files-of-reports';
import { KeepEvidenceOfThoseWhoLeft1796300000401 } from 'migrations/1796300000401-keep-evidence-of-those-who-left';
import { LeaveWhatWasDeletedOutOfImports1796400000801 } from 'migrations/1796400000801-leave-what-was-deleted-out-of-imports';
import { PushToSomeDevices1796400000901 } from 'migrations/1796400000901-push-to-some-devices';
import { IndexWhatGoesWithAnAccount1796500001001 } from 'migrations/1796500001001-index-what-goes-with-an-account';
import { NumberWhatCallsBecome1796500001501 } from 'migrations/1796500001501-number-what-calls-become';
import { NoteWhichDevicesRing1796500001502 } from 'migrations/1796500001502-note-which-devices-ring';
import { IndexWhatIsLookedFor1796600001101 } from 'migrations/1796600001101-index-what-is-looked-for';
import { RememberWhoSaidNoToWhom1796600001201 } from 'migrations/1796600001201-remember-who-said-no-to-whom';
import { ForgetDecidedRequests1796600001301 } from 'migrations/1796600001301-forget-decided-requests';
import { SayWhatIsPassedOn1796600001601 } from 'migrations/1796600001601-say-what-is-passed-on';
import { FoldNamesByUnicode1796700000101 } from 'migrations/1796700000101-fold-names-by-unicode';
import { IndexNamesGivenUp1796700000102 } from 'migrations/1796700000102-index-names-given-up';
import { IndexWhatAdminsLookFor1796700000201 } from 'migrations/1796700000201-index-what-admins-look-for';
import { KeepUsernamesThatWereGivenUp1796600001501 } from 'migrations/1796600001501-keep-usernames-that-were-given-up';

/** In the order in which they run. */
export const migrations = [
  CreateCore1763700000000,
  CreateAccounts1763700100000,
  CreatePush1763700200000,
  CreateChats1763700210000,
  CreateLocation1763700300000,
  CreateGeofences1763700400000,
  CreateEmailCodes1763800100000,
  CreateTwoFactors1763800110000,
  AddProfileStatusAndPrivacy1763800200000,
  CreateUserBlocks1763800210000,
  IndexPeopleSearch1763800220000,
  AddRolesAndAuditLog1763800230000,
  NumberAllChanges1795258796382,
  PartitionLocations1795259076534,
  CreateFiles1795259131124,
  CreateDataExports1795259358301,
  AddMessageContents1795259435221,
  CreateCalls1795259900325,
  CreateSecurityEvents1795259999384,
  CountAndSweepFiles1795260484915,
  WidenLocationShares1795260850192,
  LetAccountsBeDeleted1795261103074,
  CreateFileRenditions1795262302086,
  CreateLocationImports1795262477962,
  CreateNearbyUsers1795263098845,
  AttachFilesToMessages1795263247002,
  ExplainGeofenceEvents1795263835686,
  CreateStickers1795264812452,
  LetGeofencesBePolygons1795265063885,
  AddChatRulesAndInvites1795266072459,
  CreateReports1795266072519,
  AddReadReceipts1795266285056,
  IndexAdminsSearch1795271654501,
  LetGeofencesWatchOthers1795272495282,
  NoteActsOnNobody1795272761278,
  LetPointsStreamIn1795272822771,
  AddChatAvatars1795272957305,
  AddNotificationPreferences1795273081727,
  CreateBroadcasts1795273760771,
  TracePushesByDevice1795274769733,
  CreatePushTemplates1795275411542,
  CountAttemptsOfParkedWork1795292733552,
  IndexFencesByPlace1795297335954,
  CreateRedisSightings1795298029223,
  IndexOpenPushes1795991374922,
  IndexWhatIsToldOfOthers1796100000001,
  BindDevicesToSessions1796100000002,
  KnowWhoHasWritten1796100000101,
  KeepSharesOfEndedChats1796100000102,
  LetGeofenceEventsGo1796100000201,
  NoteWhenFixesArrive1796100000202,
  EndLinksOfThoseWhoLeft1796100000301,
  SealIdempotentAnswers1796100000401,
  SayWhoIsAContact1796200000001,
  IndexExpiredTokens1796200000501,
  NoteOneReadAnHourOfALink1796200000301,
  CountPositionsOfFences1796200000201,
  SettleSidesByMoreThanOneFix1796200000202,
  KeepFilesOfReports1796200000701,
  KeepEvidenceOfThoseWhoLeft1796300000401,
  LeaveWhatWasDeletedOutOfImports1796400000801,
  PushToSomeDevices1796400000901,
  IndexWhatGoesWithAnAccount1796500001001,
  NumberWhatCallsBecome1796500001501,
  NoteWhichDevicesRing1796500001502,
  IndexWhatIsLookedFor1796600001101,
  RememberWhoSaidNoToWhom1796600001201,
  ForgetDecidedRequests1796600001301,
  KeepUsernamesThatWereGivenUp1796600001501,
  SayWhatIsPassedOn1796600001601,
  FoldNamesByUnicode1796700000101,
  IndexNamesGivenUp1796700000102,
  IndexWhatAdminsLookFor1796700000201,
];

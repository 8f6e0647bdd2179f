import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import type { MessageMetadata, MessageType } from 'src/modules/chats/message-types';
import { StoredFile } from 'src/modules/files/files.entities';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

export type ChatType = 'private' | 'group' | 'saved';
export type ParticipantRole = 'owner' | 'admin' | 'member';
/** Who may do something in a group: all who take part, or only its admins and owner. */
export type Permission = 'members' | 'admins';

@Entity('chats')
export class Chat {
  @Identity()
  id: number;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  @Column('varchar', { length: 20 })
  chatType: ChatType;

  /** Of groups; a private chat is called after the other person. */
  @Column('varchar', { length: 100, nullable: true })
  name: string | null;

  @Column('text', { nullable: true })
  description: string | null;

  /** The picture of a group. */
  @Index('ix_chats_avatar_file_id', { where: 'avatar_file_id IS NOT NULL' })
  @Column('bigint', { nullable: true })
  @ForeignKey(() => StoredFile, { onDelete: 'SET NULL' })
  avatarFileId: number | null;

  /** Both users of a private chat, in order, or the one of a saved one twice: makes the chat one of a kind. */
  @Column('text', { nullable: true, unique: true })
  privatePair: string | null;

  @Index()
  @Column('uuid')
  @ForeignKey(() => User)
  createdBy: string;

  /** The number of the newest change, of whatever kind; numbers have no gaps and no repeats. */
  @Column('bigint', { default: 0 })
  lastSeq: number;

  /** The number of the newest message. */
  @Column('bigint', { default: 0 })
  lastMessageSeq: number;

  /** How many messages were ever sent that count as unread to others; see `Message.ordinal`. */
  @Column('bigint', { default: 0 })
  messageCount: number;

  /** Rows of `chat_changes` up to this number have been deleted for their age. */
  @Column('bigint', { default: 0 })
  trimmedSeq: number;

  /** Of those who have not left. */
  @Column('integer', { default: 0 })
  participantCount: number;

  @Column('varchar', { length: 10, default: 'members' })
  whoMayPost: Permission;

  @Column('varchar', { length: 10, default: 'admins' })
  whoMayAdd: Permission;

  @Column('varchar', { length: 10, default: 'admins' })
  whoMayEdit: Permission;

  /** How long a member waits between two messages; 0: not at all. */
  @Column('integer', { default: 0 })
  slowModeSeconds: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  /** Also when the last message was sent: lists are ordered by it, and page by it in milliseconds. */
  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

@Entity('chat_participants')
@Unique(['chatId', 'userId'])
@Index(['userId'])
@Index('ix_chat_participants_chat_id_id', ['chatId', 'id'], { where: 'left_at IS NULL' })
export class ChatParticipant {
  @Identity()
  id: number;

  @Column('bigint')
  @ForeignKey(() => Chat, { onDelete: 'CASCADE' })
  chatId: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('varchar', { length: 20, default: 'member' })
  role: ParticipantRole;

  /** Receipts are marks: all messages up to the number have been read (delivered) by this participant. */
  @Column('bigint', { default: 0 })
  lastReadSeq: number;

  @Column('bigint', { default: 0 })
  lastDeliveredSeq: number;

  /** The ordinal of the last message read: what the chat's count is above it is unread. */
  @Column('bigint', { default: 0 })
  readCount: number;

  /** When one of the marks last moved. */
  @Column('timestamptz', { nullable: true })
  markedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  joinedAt: Date;

  @Column('timestamptz', { nullable: true })
  leftAt: Date | null;

  /** Put out by somebody: only who may add brings him back, no link does. */
  @Column('boolean', { default: false })
  wasRemoved: boolean;

  /** No pushes until then. */
  @Column('timestamptz', { nullable: true })
  mutedUntil: Date | null;

  @Column('timestamptz', { nullable: true })
  pinnedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  archivedAt: Date | null;

  /** He has cleared the chat: messages up to this number are gone for him. */
  @Column('bigint', { default: 0 })
  hiddenUpToSeq: number;

  /** He has deleted the chat for himself: it is not in his list until the next message. */
  @Column('boolean', { default: false })
  isHidden: boolean;

  /** When he last sent a message; null: never. */
  @Column('timestamptz', { nullable: true })
  lastSentAt: Date | null;
}

/** A link by which people join a group. Whoever has it may come, so only its token's hash is kept. */
@Entity('chat_invites')
export class ChatInvite {
  @Identity()
  id: number;

  @Index()
  @Column('bigint')
  @ForeignKey(() => Chat, { onDelete: 'CASCADE' })
  chatId: number;

  @Index()
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  createdBy: string;

  @Column('bytea', { unique: true })
  tokenHash: Buffer;

  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('integer', { nullable: true })
  maxUses: number | null;

  @Column('integer', { default: 0 })
  uses: number;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/**
 * A change of a chat other than a new message (whose own row has the number), as the log keeps it for `EVENT_RETENTION_DAYS`. With
 * the messages they are numbered without gaps.
 */
@Entity('chat_changes')
export class ChatChange {
  @PrimaryColumn('bigint')
  @ForeignKey(() => Chat, { onDelete: 'CASCADE' })
  chatId: number;

  @PrimaryColumn('bigint')
  seq: number;

  /** The name of the push that tells it. */
  @Column('text')
  type: string;

  /** What it happened to. No foreign keys: it is told even when that is gone. */
  @Column('bigint', { nullable: true })
  messageId: number | null;

  @Column('uuid', { nullable: true })
  userId: string | null;

  /** Who did it. */
  @Column('uuid', { nullable: true })
  actorId: string | null;

  @Column('jsonb', { nullable: true })
  data: object | null;

  @CreateDateColumn({ type: 'timestamptz' })
  @Index()
  createdAt: Date;
}

@Entity('messages')
@Index('ix_messages_thread_id', ['threadId', 'seq'], { where: 'thread_id IS NOT NULL' })
@Index('ix_messages_media', ['chatId', 'seq'], { where: "message_type <> 'text'" })
@Index('ix_messages_links', ['chatId', 'seq'], { where: 'links IS NOT NULL' })
@Index('ix_messages_pinned', ['chatId', 'pinnedAt'], { where: 'pinned_at IS NOT NULL' })
@Index('ix_messages_mentions_all', ['chatId', 'seq'], { where: 'mentions_all' })
@Unique(['chatId', 'seq'])
@Unique(['senderId', 'clientId'])
export class Message {
  @Identity()
  id: number;

  @Column('bigint')
  @ForeignKey(() => Chat, { onDelete: 'CASCADE' })
  chatId: number;

  @Column('bigint')
  seq: number;

  @Column('uuid')
  @ForeignKey(() => User)
  senderId: string;

  /** How many messages of the chat count as unread, up to and including this one: unread counts are differences of it. */
  @Column('bigint')
  ordinal: number;

  /** The sender's own name of the message: sending it again makes no second one. */
  @Column('text', { nullable: true })
  clientId: string | null;

  @Column('text')
  content: string;

  @Column('varchar', { length: 20, default: 'text' })
  messageType: MessageType;

  /** What it carries beside its content, as its type has it. */
  @Column('jsonb', { nullable: true })
  metadata: MessageMetadata | null;

  /** What its sender uploaded; gone with a tombstone. */
  @Index('ix_messages_file_id', { where: 'file_id IS NOT NULL' })
  @Column('bigint', { nullable: true })
  @ForeignKey(() => StoredFile, { onDelete: 'SET NULL' })
  fileId: number | null;

  @Index('ix_messages_reply_to_id', { where: 'reply_to_id IS NOT NULL' })
  @Column('bigint', { nullable: true })
  @ForeignKey(() => Message, { onDelete: 'SET NULL' })
  replyToId: number | null;

  /** The message with which its thread began; that one has none itself. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => Message, { onDelete: 'SET NULL' })
  threadId: number | null;

  /**
   * The message that its sender has passed on by it: another may not be sent under the same name, and its words are not his to change.
   * Nobody is told which it was. No foreign key: what was passed on stays when that is gone.
   */
  @Column('bigint', { nullable: true })
  forwardOf: number | null;

  /** How many messages its thread has, tombstones included. */
  @Column('int', { default: 0 })
  replyCount: number;

  /** Somebody who may has addressed everybody. */
  @Column('boolean', { default: false })
  mentionsAll: boolean;

  /** Web addresses in its content; null for none. */
  @Column('text', { array: true, nullable: true })
  links: string[] | null;

  /** What it is found by; see `search-terms.ts`. */
  @Index('ix_messages_terms', { type: 'gin' })
  @Column('tsvector', { nullable: true, select: false })
  terms: string | null;

  @Column('boolean', { default: false })
  isEdited: boolean;

  /** A tombstone has neither content nor anything else that says what it was. */
  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  pinnedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

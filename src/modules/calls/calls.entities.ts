import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import type { CallStatus, EndReason, PartStatus } from 'src/modules/calls/calls.machine';
import { Chat } from 'src/modules/chats/chats.entities';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, Unique } from 'typeorm';

export const CALL_TYPES = ['video', 'audio'] as const;
export type CallType = (typeof CALL_TYPES)[number];

/** A call, from the first ring to its end; rows are kept as history. */
@Entity('video_calls')
@Unique(['channelName'])
@Index('ix_video_calls_chat_id', ['chatId'], { where: 'chat_id IS NOT NULL' })
export class VideoCall {
  @Identity()
  id: number;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  /** What the media go through; not to be guessed. */
  @Column('varchar', { length: 64 })
  channelName: string;

  @Column('varchar', { length: 20 })
  callType: CallType;

  @Column('varchar', { length: 20 })
  status: CallStatus;

  @Column('boolean')
  isGroup: boolean;

  @Index()
  @Column('uuid')
  @ForeignKey(() => User)
  initiatedBy: string;

  /** Every call of two belongs to their private chat; a group's may belong to none. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => Chat, { onDelete: 'SET NULL' })
  chatId: number | null;

  /** When the caller called. */
  @CreateDateColumn({ type: 'timestamptz' })
  startedAt: Date;

  /** When the first callee answered. */
  @Column('timestamptz', { nullable: true })
  answeredAt: Date | null;

  @Column('timestamptz', { nullable: true })
  endedAt: Date | null;

  /** Whole seconds from the first answer to the end; null until it is over. */
  @Column('integer', { nullable: true })
  duration: number | null;

  @Column('varchar', { length: 20, nullable: true })
  endReason: EndReason | null;

  /** Who ended it; null if nobody in particular did. */
  @Index('ix_video_calls_ended_by', { where: 'ended_by IS NOT NULL' })
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User)
  endedBy: string | null;

  /** Counts what people are told of: every change of the call and of the parts in it, under its lock. */
  @Column('integer', { default: 0 })
  revision: number;
}

/** One person's part in a call. Nobody is called or in two calls at once: the index sees to it whatever the code does. */
@Entity('call_participants')
@Unique(['callId', 'userId'])
@Unique(['callId', 'uid'])
@Index('ix_call_participants_user_id_call_id', ['userId', 'callId'])
@Index('uq_call_participants_engaged', ['userId'], {
  unique: true,
  where: `status IN ('invited', 'ringing', 'joined')`,
})
export class CallParticipant {
  @Identity()
  id: number;

  @Column('bigint')
  @ForeignKey(() => VideoCall, { onDelete: 'CASCADE' })
  callId: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** What the media transport calls him; 1 is the caller. */
  @Column('integer')
  uid: number;

  @Column('varchar', { length: 20 })
  status: PartStatus;

  /** The device that he takes part with: the session it is signed in by. */
  @Column('uuid', { nullable: true })
  sessionId: string | null;

  /** The devices that have said that they ring, since he was last called. */
  @Column('uuid', { array: true, default: '{}' })
  ringingSessionIds: string[];

  @CreateDateColumn({ type: 'timestamptz' })
  invitedAt: Date;

  /** Until when it rings. */
  @Column('timestamptz', { nullable: true })
  ringsUntil: Date | null;

  /** When he came in; if he left and came again, the last time. */
  @Column('timestamptz', { nullable: true })
  joinedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  leftAt: Date | null;

  @Column('boolean', { default: false })
  isMuted: boolean;

  @Column('boolean', { default: true })
  isVideoEnabled: boolean;

  @Column('varchar', { length: 100, nullable: true })
  declineReason: string | null;

  /** 1–5, from himself, of how it looked and sounded. */
  @Column('smallint', { nullable: true })
  qualityRating: number | null;

  /** How many roll calls in a row his device has not been seen at. */
  @Column('smallint', { default: 0 })
  absences: number;
}

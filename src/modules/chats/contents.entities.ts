import { Identity } from 'src/core/database/columns';
import { Message } from 'src/modules/chats/chats.entities';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What a message said before it was edited. */
@Entity('message_edits')
export class MessageEdit {
  @Identity()
  id: number;

  @Index()
  @Column('bigint')
  @ForeignKey(() => Message, { onDelete: 'CASCADE' })
  messageId: number;

  @Column('text')
  content: string;

  /** When it was written, not when it was replaced. */
  @Column('timestamptz')
  writtenAt: Date;
}

@Entity('message_reactions')
export class MessageReaction {
  @PrimaryColumn('bigint')
  @ForeignKey(() => Message, { onDelete: 'CASCADE' })
  messageId: number;

  @Index()
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('text')
  emoji: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** A participant whom a message names. Whoever says `@all` names nobody in particular: see `Message.mentionsAll`. */
@Entity('message_mentions')
@Index(['userId', 'chatId', 'seq'])
export class MessageMention {
  @PrimaryColumn('bigint')
  @ForeignKey(() => Message, { onDelete: 'CASCADE' })
  messageId: number;

  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Of the message, so that unread mentions are counted in an index alone. */
  @Column('bigint')
  chatId: number;

  @Column('bigint')
  seq: number;
}

/** Somebody has deleted a message for himself. */
@Entity('message_hides')
export class MessageHide {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Index()
  @PrimaryColumn('bigint')
  @ForeignKey(() => Message, { onDelete: 'CASCADE' })
  messageId: number;
}

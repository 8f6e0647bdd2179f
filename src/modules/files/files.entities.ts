import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** `uploading` until its bytes are here, `processing` until a worker has looked at them. */
export type FileStatus = 'uploading' | 'processing' | 'ready' | 'processing_failed';
export type RenditionVariant = 'clean' | 'large' | 'medium' | 'small';
export type FileKind = 'image' | 'video' | 'audio' | 'file';

/** What somebody uploaded. Its bytes are in storage and never change; what is made of them are renditions. */
@Entity('files')
@Unique(['ownerId', 'clientId'])
@Index('ix_files_owner_id', ['ownerId', 'id'])
@Index('ix_files_deleted_at', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Index('ix_files_processing', ['updatedAt'], { where: `status = 'processing'` })
export class StoredFile {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  ownerId: string;

  /** The owner's own name of the upload: sending it again makes no second one. */
  @Column('text', { nullable: true })
  clientId: string | null;

  @Column('varchar', { length: 20 })
  status: FileStatus;

  @Column('varchar', { length: 10 })
  kind: FileKind;

  /** As the owner called it, cleaned; only ever shown. */
  @Column('varchar', { length: 255 })
  fileName: string;

  /** By its content. */
  @Column('varchar', { length: 127 })
  contentType: string;

  @Column('bigint')
  fileSize: number;

  /** Of the bytes, in hex; null until they have been read, if they did not pass through us. */
  @Column('char', { length: 64, nullable: true })
  sha256: string | null;

  /** Where the original is in storage; it cannot be guessed. */
  @Column('text', { unique: true })
  storageKey: string;

  /** Pixels as seen, that is with the orientation applied. */
  @Column('integer', { nullable: true })
  width: number | null;

  @Column('integer', { nullable: true })
  height: number | null;

  @Column('integer', { nullable: true })
  durationMs: number | null;

  @Column('boolean', { default: false })
  isAnimated: boolean;

  /** https://evanw.github.io/thumbhash/, in base64. */
  @Column('text', { nullable: true })
  thumbhash: string | null;

  /** How loud it is, 0–255, from beginning to end. */
  @Column('smallint', { array: true, nullable: true })
  waveform: number[] | null;

  @Column('boolean', { default: false })
  hasThumbnails: boolean;

  /** How often a worker has looked into it. */
  @Column('smallint', { default: 0 })
  attempts: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;

  /** When the sweeper looks at it next. */
  @Index('ix_files_look_at')
  @Column('timestamptz', { default: () => `(now() + '1 day')` })
  lookAt: Date;

  /** From then on it does not exist for anybody; the row goes when its objects have gone. */
  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;
}

/** How much a user has uploaded on the last day on which he did. Its row is the lock under which his quotas are counted. */
@Entity('file_days')
export class FileDay {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** UTC. */
  @Column('date')
  day: string;

  @Column('bigint')
  bytes: number;
}

/** What has been made of a file. `clean` is what others get instead of the original; the other variants are previews. */
@Entity('file_renditions')
@Unique(['fileId', 'variant', 'format'])
export class FileRendition {
  @Identity()
  id: number;

  @Column('bigint')
  @ForeignKey(() => StoredFile, { onDelete: 'CASCADE' })
  fileId: number;

  @Column('varchar', { length: 10 })
  variant: RenditionVariant;

  @Column('varchar', { length: 10 })
  format: string;

  @Column('varchar', { length: 127 })
  contentType: string;

  @Column('text', { unique: true })
  storageKey: string;

  @Column('bigint')
  fileSize: number;

  @Column('integer', { nullable: true })
  width: number | null;

  @Column('integer', { nullable: true })
  height: number | null;
}

/** Which picture a user shows of himself. */
@Entity('user_avatars')
export class UserAvatar {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Index()
  @Column('bigint')
  @ForeignKey(() => StoredFile, { onDelete: 'CASCADE' })
  fileId: number;
}

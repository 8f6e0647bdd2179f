import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('sticker_packs')
@Unique(['tenantId', 'builtIn'])
export class StickerPack {
  @Identity()
  id: number;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  /** Our own name of a pack that comes with Muster; null for those that admins brought. */
  @Column('text', { nullable: true })
  builtIn: string | null;

  @Column('varchar', { length: 100 })
  name: string;

  @Column('varchar', { length: 100, nullable: true })
  author: string | null;

  @Column('varchar', { length: 200, nullable: true })
  license: string | null;

  @Column('text', { nullable: true })
  licenseUrl: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

@Entity('stickers')
@Unique(['packId', 'place'])
export class Sticker {
  @Identity()
  id: number;

  @Column('bigint')
  @ForeignKey(() => StickerPack, { onDelete: 'CASCADE' })
  packId: number;

  /** Where it stands in its pack, from 0. */
  @Column('smallint')
  place: number;

  @Column('text')
  emoji: string;

  /** What it is found by: in lower case, in several languages. */
  @Column('text', { array: true })
  keywords: string[];

  /** WebP; of a built-in one it is made when it is first asked for. */
  @Column('text')
  storageKey: string;

  @Column('integer')
  width: number;

  @Column('integer')
  height: number;

  @Column('boolean')
  isAnimated: boolean;
}

@Entity('sticker_favorites')
export class StickerFavorite {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Index()
  @PrimaryColumn('bigint')
  @ForeignKey(() => Sticker, { onDelete: 'CASCADE' })
  stickerId: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** When somebody last used a sticker. */
@Entity('sticker_uses')
export class StickerUse {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Index()
  @PrimaryColumn('bigint')
  @ForeignKey(() => Sticker, { onDelete: 'CASCADE' })
  stickerId: number;

  @Column('timestamptz')
  usedAt: Date;
}

import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';

@Entity('sticker_packs')
@Unique(['tenantId', 'builtIn'])
export class StickerPack {
  @Identity()
  id: number;

  @Column('text')
  tenantId: string;

  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant?: Tenant;

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
  packId: number;

  @ManyToOne(() => StickerPack, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'pack_id' })
  pack?: StickerPack;

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
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  @Index()
  @PrimaryColumn('bigint')
  stickerId: number;

  @ManyToOne(() => Sticker, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'sticker_id' })
  sticker?: Sticker;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** When somebody last used a sticker. */
@Entity('sticker_uses')
export class StickerUse {
  @PrimaryColumn('uuid')
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  @Index()
  @PrimaryColumn('bigint')
  stickerId: number;

  @ManyToOne(() => Sticker, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'sticker_id' })
  sticker?: Sticker;

  @Column('timestamptz')
  usedAt: Date;
}

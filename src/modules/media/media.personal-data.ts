import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

@Injectable()
export class MediaPersonalData {
  @DeclaresPersonalData('media')
  declare(): PersonalData {
    const order = ['user_id', 'sticker_id'];
    const join = 'JOIN stickers s ON s.id = t.sticker_id';
    return {
      holdings: [
        {
          table: 'sticker_favorites',
          column: 'user_id',
          exports: { section: 'favorite_stickers', select: 't.sticker_id, s.emoji, t.created_at', join, order },
          fate: 'deleted',
        },
        {
          table: 'sticker_uses',
          column: 'user_id',
          exports: { section: 'recent_stickers', select: 't.sticker_id, s.emoji, t.used_at', join, order },
          fate: 'deleted',
        },
      ],
    };
  }
}

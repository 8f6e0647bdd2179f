import { Injectable } from '@nestjs/common';
import type { MessageRow } from 'src/modules/chats/messages.repository';

/** Far more than are sent while one run of the live handlers is under way. */
const MOST = 20_000;

/**
 * Messages that were stored just now, by their ids, until their chats hear of them: nobody needs to read them back. Only for the live
 * push that follows the commit, which takes them whatever becomes of it: later they may be edited, or deleted for all.
 */
@Injectable()
export class FreshMessages {
  private readonly rows = new Map<number, MessageRow>();

  keep(rows: MessageRow[]) {
    if (this.rows.size > MOST) this.rows.clear(); // nobody takes them
    rows.forEach((row) => this.rows.set(row.id, row));
  }

  take(ids: (number | null)[]): MessageRow[] {
    return ids.flatMap((id) => {
      const row = this.rows.get(id ?? 0);
      if (row) this.rows.delete(row.id);
      return row ?? [];
    });
  }
}

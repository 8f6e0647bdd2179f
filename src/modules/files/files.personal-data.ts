import { Injectable } from '@nestjs/common';
import {
  DeclaresPersonalData,
  type Erasure,
  type PersonalData,
  type PersonalFile,
} from 'src/core/personal-data/personal-data';
import { Jobs } from 'src/core/jobs/jobs';
import { FilesRepository } from 'src/modules/files/files.repository';
import { FilesService } from 'src/modules/files/files.service';

const AT_ONCE = 200;
/** By then the other features have forgotten what they forget. */
const LOOK_AGAIN_MS = 60_000;

/**
 * What somebody sent to others stays with them as they could read it, as his messages do, and so does for a time what is kept though he
 * took it back; all else that he uploaded goes.
 */
@Injectable()
export class FilesPersonalData {
  constructor(
    private readonly files: FilesService,
    private readonly rows: FilesRepository,
    private readonly jobs: Jobs,
  ) {}

  @DeclaresPersonalData('files')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'files',
          column: 'owner_id',
          exports: {
            section: 'files',
            select: `t.id, t.client_id, t.status, t.kind, t.file_name, t.content_type, t.file_size, t.sha256, t.width, t.height,
              t.duration_ms, t.created_at, t.deleted_at`,
          },
          fate: 'anonymous',
          blank: ['client_id'],
        },
        {
          table: 'user_avatars',
          column: 'user_id',
          exports: { not: 'the section files has the picture, and profile its address' },
          fate: 'deleted',
        },
        {
          table: 'file_days',
          column: 'user_id',
          exports: { not: 'how many bytes he uploaded lately; the section files has them all' },
          fate: 'deleted',
        },
      ],
      files: (userId) => this.originals(userId),
      erase: (erasure) => this.forget(erasure),
    };
  }

  private async *originals(userId: string): AsyncIterable<PersonalFile> {
    for await (const rows of this.pages(userId))
      for (const { storage_key: key, file_name: name, deleted_at } of rows) if (!deleted_at) yield { key, name };
  }

  private async forget({ userId, standInId }: Erasure) {
    for await (const rows of this.pages(userId)) {
      const ids = rows.map(({ id }) => id);
      await this.files.collect(ids);
      const left = { file_ids: ids, stand_in_id: standInId };
      await this.jobs.enqueue('files.disown', left, { delayMs: LOOK_AGAIN_MS });
    }
  }

  private async *pages(userId: string) {
    for (let after = 0; ;) {
      const rows = await this.rows.ofOwner(userId, after, AT_ONCE);
      if (rows.length) yield rows;
      if (rows.length < AT_ONCE) return;
      after = rows.at(-1)!.id;
    }
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { DailyQuotaExceeded, QuotaExceeded } from 'src/modules/files/files.errors';
import { QuotasRepository } from 'src/modules/files/quotas.repository';

/** How much one user may store in all, and upload in a day. */
@Injectable()
export class QuotasService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly quotas: QuotasRepository,
  ) {}

  /** Before anything is stored: throws `file.quota_exceeded` or `file.daily_quota_exceeded` if so many bytes more would be too many. */
  async check(userId: string, size: number): Promise<void> {
    const { total, today, rest } = await this.quotas.usage(userId);
    this.judge(total, today, rest, size);
  }

  /** Counts files that this transaction has just inserted. Throws as `check` does. */
  async take(userId: string, size: number): Promise<void> {
    await this.quotas.add(userId, size);
    const { total, today, rest } = await this.quotas.usage(userId);
    this.judge(total - size, today - size, rest, size);
  }

  private judge(total: number, today: number, retry_after: number, size: number) {
    const { FILE_QUOTA_BYTES: limit, FILE_QUOTA_BYTES_PER_DAY: daily } = this.env;
    if (total + size > limit) throw QuotaExceeded({ limit, used: total, size });
    if (today + size > daily) throw DailyQuotaExceeded({ limit: daily, used: today, size, retry_after });
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { PushTemplate } from 'src/modules/push/templates.entities';

@Injectable()
export class TemplatesRepository {
  constructor(private readonly db: Database) {}

  all(): Promise<PushTemplate[]> {
    return this.db.repo(PushTemplate).find();
  }

  async save(template: Pick<PushTemplate, 'tenantId' | 'language' | 'key' | 'text'>): Promise<void> {
    await this.db.repo(PushTemplate).upsert(template, ['tenantId', 'language', 'key']);
  }

  async remove(template: Pick<PushTemplate, 'tenantId' | 'language' | 'key'>): Promise<void> {
    await this.db.repo(PushTemplate).delete(template);
  }
}

import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';
import { EvidenceService } from 'src/modules/moderation/evidence.service';
import { ReportsRepository } from 'src/modules/moderation/reports.repository';

/**
 * Of reports about somebody those stay for a time that hold a message of his, as evidence, with the name that he had; others go with
 * him. Reports by him stay, without his name and his words.
 */
@Injectable()
export class ModerationPersonalData {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly evidence: EvidenceService,
  ) {}

  @DeclaresPersonalData('moderation')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'reports',
          column: 'user_id',
          exports: { not: 'it would tell who reported him' },
          fate: 'by the feature',
        },
        {
          table: 'reports',
          column: 'reporter_id',
          exports: {
            section: 'reports',
            select: 't.id, t.user_id, t.chat_id, t.message_id, t.reason, t.comment, t.created_at',
          },
          fate: 'by the feature',
        },
        {
          table: 'reports',
          column: 'resolved_by',
          exports: { not: 'what somebody did with his office is told of those to whom it was done' },
          fate: { kept: 'as in the audit log: a random id, which names nobody once the account is gone' },
        },
      ],
      erase: async (erasure) => {
        await this.evidence.forget(erasure);
        await this.reports.forgetReporter(erasure.userId);
      },
    };
  }
}

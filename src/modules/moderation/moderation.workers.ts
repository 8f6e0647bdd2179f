import { Injectable } from '@nestjs/common';
import { OnJob } from 'src/core/jobs/jobs';
import { EvidenceService } from 'src/modules/moderation/evidence.service';

@Injectable()
export class ModerationWorkers {
  constructor(private readonly evidence: EvidenceService) {}

  @OnJob('moderation.let_files_go')
  async letFilesGo() {
    await this.evidence.letGo();
  }
}

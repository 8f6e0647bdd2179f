import { Module } from '@nestjs/common';
import { AuditPersonalData } from 'src/modules/audit/audit.personal-data';
import { AuditRepository } from 'src/modules/audit/audit.repository';
import { AuditService } from 'src/modules/audit/audit.service';

@Module({ providers: [AuditService, AuditRepository, AuditPersonalData], exports: [AuditService] })
export class AuditModule {}

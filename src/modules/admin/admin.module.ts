import { Module } from '@nestjs/common';
import { AdminController } from 'src/modules/admin/admin.controller';
import { AdminService } from 'src/modules/admin/admin.service';
import { AuditRepository } from 'src/modules/admin/audit.repository';
import { UsersModule } from 'src/modules/users/users.module';
import { AdminPersonalData } from 'src/modules/admin/admin.personal-data';

@Module({
  imports: [UsersModule],
  controllers: [AdminController],
  providers: [AdminPersonalData, AdminService, AuditRepository],
  exports: [AdminService],
})
export class AdminModule {}

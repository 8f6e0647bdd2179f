import { Module } from '@nestjs/common';
import { AdminController } from 'src/modules/admin/admin.controller';
import { AdminService } from 'src/modules/admin/admin.service';
import { NodesService } from 'src/modules/admin/nodes.service';
import { ParkedWorkController } from 'src/modules/admin/parked-work.controller';
import { ParkedWorkService } from 'src/modules/admin/parked-work.service';
import { QueuesAccess } from 'src/modules/admin/queues.access';
import { QueuesController } from 'src/modules/admin/queues.controller';
import { QueuesPage } from 'src/modules/admin/queues.page';
import { AuditModule } from 'src/modules/audit/audit.module';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, AuditModule],
  controllers: [AdminController, ParkedWorkController, QueuesController],
  providers: [AdminService, NodesService, ParkedWorkService, QueuesAccess, QueuesPage],
  exports: [AdminService],
})
export class AdminModule {}

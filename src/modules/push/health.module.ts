import { Module } from '@nestjs/common';
import { PushHealthController } from 'src/modules/push/health.controller';
import { PushHealthRepository } from 'src/modules/push/health.repository';
import { PushHealthService } from 'src/modules/push/health.service';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, PushModule],
  controllers: [PushHealthController],
  providers: [PushHealthService, PushHealthRepository],
})
export class PushHealthModule {}

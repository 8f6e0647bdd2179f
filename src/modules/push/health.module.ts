import { Module } from '@nestjs/common';
import { PushHealthController } from 'src/modules/push/health.controller';
import { PushHealthRepository } from 'src/modules/push/health.repository';
import { PushHealthService } from 'src/modules/push/health.service';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule],
  controllers: [PushHealthController],
  providers: [PushHealthService, PushHealthRepository],
})
export class PushHealthModule {}

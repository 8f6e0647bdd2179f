import { Global, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { Authenticator } from 'src/core/http/authenticator';
import { AuthController } from 'src/modules/auth/auth.controller';
import { AuthRealtime } from 'src/modules/auth/auth.realtime';
import { AuthService } from 'src/modules/auth/auth.service';
import { AuthWorkers } from 'src/modules/auth/auth.workers';
import { Passwords } from 'src/modules/auth/passwords';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { Tokens } from 'src/modules/auth/tokens';
import { UsersModule } from 'src/modules/users/users.module';

/** Global, because `core` asks it who a caller is. */
@Global()
@Module({
  imports: [UsersModule, JwtModule],
  controllers: [AuthController],
  providers: [
    AuthService,
    AuthRealtime,
    AuthWorkers,
    Passwords,
    SessionsRepository,
    Tokens,
    { provide: Authenticator, useExisting: AuthService },
  ],
  exports: [Authenticator],
})
export class AuthModule {}

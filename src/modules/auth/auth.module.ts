import { Global, Module } from '@nestjs/common';
import { Authenticator } from 'src/core/http/authenticator';
import { AuthController } from 'src/modules/auth/auth.controller';
import { AuthRealtime } from 'src/modules/auth/auth.realtime';
import { AuthService } from 'src/modules/auth/auth.service';
import { AuthWorkers } from 'src/modules/auth/auth.workers';
import { KeysController } from 'src/modules/auth/keys.controller';
import { Passwords } from 'src/modules/auth/passwords';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { SigningKeys } from 'src/modules/auth/signing-keys';
import { Tokens } from 'src/modules/auth/tokens';
import { UsersModule } from 'src/modules/users/users.module';

/** Global, because `core` asks it who a caller is. */
@Global()
@Module({
  imports: [UsersModule],
  controllers: [AuthController, KeysController],
  providers: [
    AuthService,
    AuthRealtime,
    AuthWorkers,
    Passwords,
    SessionsRepository,
    SigningKeys,
    Tokens,
    { provide: Authenticator, useExisting: AuthService },
  ],
  exports: [Authenticator],
})
export class AuthModule {}

import { Global, Module } from '@nestjs/common';
import { Authenticator } from 'src/core/http/authenticator';
import { MailModule } from 'src/core/mail/mail.module';
import { AuthController } from 'src/modules/auth/auth.controller';
import { AuthRealtime } from 'src/modules/auth/auth.realtime';
import { AuthWorkers } from 'src/modules/auth/auth.workers';
import { CredentialsRepository } from 'src/modules/auth/credentials.repository';
import { EmailChangedMail } from 'src/modules/auth/email-changed-mail';
import { EmailChangesController } from 'src/modules/auth/email-changes.controller';
import { EmailChangesService } from 'src/modules/auth/email-changes.service';
import { EmailCodesRepository } from 'src/modules/auth/email-codes.repository';
import { EmailCodesService } from 'src/modules/auth/email-codes.service';
import { EmailController } from 'src/modules/auth/email.controller';
import { EmailService } from 'src/modules/auth/email.service';
import { KeysController } from 'src/modules/auth/keys.controller';
import { PasswordHasher } from 'src/modules/auth/password-hasher';
import { Passwords } from 'src/modules/auth/passwords';
import { LoginThrottle } from 'src/modules/auth/login-throttle';
import { PasswordsController } from 'src/modules/auth/passwords.controller';
import { PasswordsService } from 'src/modules/auth/passwords.service';
import { PasswordProof } from 'src/modules/auth/password-proof';
import { SecurityController } from 'src/modules/auth/security.controller';
import { SecurityLogRepository } from 'src/modules/auth/security-log.repository';
import { SecurityLog } from 'src/modules/auth/security-log.service';
import { SecurityService } from 'src/modules/auth/security.service';
import { SignInMail } from 'src/modules/auth/sign-in-mail';
import { SignInService } from 'src/modules/auth/sign-in.service';
import { SignUpService } from 'src/modules/auth/sign-up.service';
import { SessionWatch } from 'src/modules/auth/session-watch';
import { SessionsController } from 'src/modules/auth/sessions.controller';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { SigningKeys } from 'src/modules/auth/signing-keys';
import { Tokens } from 'src/modules/auth/tokens';
import { TwoFactorController } from 'src/modules/auth/two-factor.controller';
import { TwoFactorRepository } from 'src/modules/auth/two-factor.repository';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import { UsersModule } from 'src/modules/users/users.module';
import { AuthPersonalData } from 'src/modules/auth/auth.personal-data';

/** Global, because `core` asks it who a caller is. */
@Global()
@Module({
  imports: [MailModule, UsersModule],
  controllers: [
    AuthController,
    EmailChangesController,
    EmailController,
    KeysController,
    PasswordsController,
    SecurityController,
    SessionsController,
    TwoFactorController,
  ],
  providers: [
    AuthPersonalData,
    SignUpService,
    SignInService,
    AuthRealtime,
    AuthWorkers,
    CredentialsRepository,
    EmailChangedMail,
    EmailChangesService,
    EmailCodesRepository,
    EmailCodesService,
    EmailService,
    LoginThrottle,
    PasswordHasher,
    Passwords,
    PasswordProof,
    PasswordsService,
    SecurityLog,
    SecurityLogRepository,
    SecurityService,
    SignInMail,
    SessionWatch,
    SessionsRepository,
    SessionsService,
    SigningKeys,
    Tokens,
    TwoFactorRepository,
    TwoFactorService,
    { provide: Authenticator, useExisting: SessionsService },
  ],
  exports: [Authenticator, PasswordsService, SessionsService, TwoFactorService],
})
export class AuthModule {}

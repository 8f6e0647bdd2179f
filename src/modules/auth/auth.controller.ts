import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Public, RateLimit, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Login, Refresh, Register, SignedInView, TokensView } from 'src/modules/auth/auth.dto';
import { SessionsService, type Device } from 'src/modules/auth/sessions.service';
import { SignInService, type SignedIn } from 'src/modules/auth/sign-in.service';
import { SignUpService } from 'src/modules/auth/sign-up.service';
import { LoginWithCode } from 'src/modules/auth/two-factor.dto';
import { ProfileView, toProfileView } from 'src/modules/users/users.dto';
import { UsersService } from 'src/modules/users/users.service';

@ApiTags('Authentication')
@Controller()
export class AuthController {
  constructor(
    private readonly signUp: SignUpService,
    private readonly signIn: SignInService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
  ) {}

  @Post(['register', 'auth/register'])
  @Public()
  @RateLimit({ name: 'register', points: 30, seconds: 3600 })
  @Returns(201, SignedInView, 'The new account, signed in.')
  async register(@Body({ schema: Register }) body: Register, @Req() request: FastifyRequest): Promise<SignedInView> {
    return toSignedInView(await this.signUp.register(body, deviceOf(request)));
  }

  @Post(['login', 'auth/login'])
  @Public()
  @RateLimit({ name: 'login', points: 30, seconds: 60 })
  @Returns(200, SignedInView, 'Signed in on a new session.')
  async login(@Body({ schema: Login }) body: Login, @Req() request: FastifyRequest): Promise<SignedInView> {
    return toSignedInView(await this.signIn.login(body, deviceOf(request)));
  }

  @Post(['login/2fa', 'auth/login/2fa'])
  @Public()
  @RateLimit({ name: 'login', points: 30, seconds: 60 })
  @Returns(200, SignedInView, 'Signed in, by a code beside the password that was given before.')
  async loginWithCode(
    @Body({ schema: LoginWithCode }) body: LoginWithCode,
    @Req() request: FastifyRequest,
  ): Promise<SignedInView> {
    return toSignedInView(await this.signIn.loginWithCode(body, deviceOf(request)));
  }

  @Post(['refresh-token', 'auth/refresh'])
  @Public()
  @RateLimit({ name: 'refresh', points: 120, seconds: 60 })
  @Returns(200, TokensView, 'A new pair; the refresh token given is used up.')
  refresh(@Body({ schema: Refresh }) { refresh_token: token }: Refresh): Promise<TokensView> {
    return this.sessions.refresh(token);
  }

  @Post(['logout', 'auth/logout'])
  @ReturnsNothing('The session has ended: its tokens are void, its sockets closed.')
  logout(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.signOut(user);
  }

  @Get('auth/me')
  @Returns(200, ProfileView, 'The caller himself.')
  async me(@CurrentUser() user: Principal): Promise<ProfileView> {
    return toProfileView(await this.users.get(user.userId));
  }
}

const deviceOf = ({ headers, ip }: FastifyRequest): Device => ({ userAgent: headers['user-agent'] ?? null, ip });

const toSignedInView = ({ user, tokens }: SignedIn): SignedInView => ({ user: toProfileView(user), ...tokens });

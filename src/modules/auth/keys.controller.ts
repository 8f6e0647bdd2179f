import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from 'src/core/http/api-docs';
import { Public, Returns } from 'src/core/http/decorators';
import { KeysView } from 'src/modules/auth/auth.dto';
import { SigningKeys } from 'src/modules/auth/signing-keys';

@ApiTags('Authentication')
@Controller('.well-known')
export class KeysController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Public()
  @Header('Cache-Control', 'public, max-age=300')
  @Returns(200, KeysView, 'The public keys of access tokens, newest first; none if a shared secret signs them.')
  jwks(): KeysView {
    return { keys: this.keys.published as KeysView['keys'] };
  }
}

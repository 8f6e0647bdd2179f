import { Controller, Get, Header, Headers, Ip, Param } from '@nestjs/common';
import { ApiHeader, ApiTags } from 'src/core/http/api-docs';
import { Public, RateLimit, Returns } from 'src/core/http/decorators';
import { LinkView } from 'src/modules/location/links.dto';
import { LinksService } from 'src/modules/location/links.service';
import { z } from 'zod';

@ApiTags('Location sharing')
@Controller('location/links')
export class LinksController {
  constructor(private readonly links: LinksService) {}

  @Get(':token')
  @Public()
  @RateLimit({ name: 'location_link', points: 120, seconds: 60 })
  @Header('Cache-Control', 'no-store')
  @Header('Referrer-Policy', 'no-referrer')
  @ApiHeader({ name: 'x-link-password', required: false, description: 'If the link has one, percent-encoded UTF-8.' })
  @Returns(200, LinkView, 'Where the person who gave out the link is now.')
  open(
    @Param('token', { schema: z.string().max(64) }) token: string,
    @Ip() ip: string,
    @Headers('x-link-password') password?: string,
  ): Promise<LinkView> {
    return this.links.open(token, password === undefined ? undefined : decoded(password), ip);
  }
}

/** Headers carry ASCII; what is not percent-encoded is taken as it is. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { NearbyQuery, NearbyView, UpdateVisibility, VisibilityView } from 'src/modules/nearby/nearby.dto';
import { NearbyService } from 'src/modules/nearby/nearby.service';

@ApiTags('Nearby')
@Controller('location/nearby')
export class NearbyController {
  constructor(private readonly nearby: NearbyService) {}

  @Get()
  @Returns(200, NearbyView, 'Who is around the caller, of those who want to be found as he does.')
  find(@CurrentUser() user: Principal, @Query({ schema: NearbyQuery }) query: NearbyQuery): Promise<NearbyView> {
    return this.nearby.find(user, query);
  }

  @Get('visibility')
  @Returns(200, VisibilityView, 'Whether the caller can be found.')
  visibility(@CurrentUser() user: Principal): Promise<VisibilityView> {
    return this.nearby.visibility(user);
  }

  @Put('visibility')
  @Returns(200, VisibilityView, 'Whether the caller can be found from now on.')
  show(
    @CurrentUser() user: Principal,
    @Body({ schema: UpdateVisibility }) change: UpdateVisibility,
  ): Promise<VisibilityView> {
    return this.nearby.show(user, change);
  }
}

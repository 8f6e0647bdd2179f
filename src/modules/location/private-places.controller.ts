import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { CreatePrivatePlace, PrivatePlacesView, PrivatePlaceView } from 'src/modules/location/private-places.dto';
import { PrivatePlacesService } from 'src/modules/location/private-places.service';

@ApiTags('Location sharing')
@Controller('location/private-places')
export class PrivatePlacesController {
  constructor(private readonly places: PrivatePlacesService) {}

  @Get()
  @Returns(200, PrivatePlacesView, 'Where the caller is not to be seen.')
  async list(@CurrentUser() user: Principal): Promise<PrivatePlacesView> {
    return { places: await this.places.list(user) };
  }

  @Post()
  @Idempotent()
  @Returns(201, PrivatePlaceView, 'From now on nobody sees the caller there.')
  create(
    @CurrentUser() user: Principal,
    @Body({ schema: CreatePrivatePlace }) body: CreatePrivatePlace,
  ): Promise<PrivatePlaceView> {
    return this.places.create(user, body);
  }

  @Delete(':place_id')
  @ReturnsNothing('The place is private no more.')
  remove(@CurrentUser() user: Principal, @Param('place_id', { schema: idParam() }) id: number): Promise<void> {
    return this.places.remove(user, id);
  }
}

import { Body, Controller, Get, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { LocationSettingsView, UpdateLocationSettings } from 'src/modules/location/retention.dto';
import { RetentionService } from 'src/modules/location/retention.service';

@ApiTags('Location')
@Controller('location/settings')
export class RetentionController {
  constructor(private readonly retention: RetentionService) {}

  @Get()
  @Returns(200, LocationSettingsView, 'What is kept of the caller’s positions.')
  settings(@CurrentUser() user: Principal): Promise<LocationSettingsView> {
    return this.retention.settings(user);
  }

  @Put()
  @Returns(200, LocationSettingsView, 'What is kept from now on; what is stored is made to fit within moments.')
  choose(
    @CurrentUser() user: Principal,
    @Body({ schema: UpdateLocationSettings }) choice: UpdateLocationSettings,
  ): Promise<LocationSettingsView> {
    return this.retention.choose(user, choice);
  }
}

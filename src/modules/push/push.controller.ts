import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { DevicesService } from 'src/modules/push/devices.service';
import {
  aboutDevice,
  DeviceTokensView,
  DeviceTokenView,
  RegisterDevice,
  toDeviceTokenView,
  UpdateDevice,
} from 'src/modules/push/push.dto';

@ApiTags('Push notifications')
@Controller('push-notifications/device-tokens')
export class PushController {
  constructor(private readonly devices: DevicesService) {}

  @Post()
  @Returns(201, DeviceTokenView, 'The device gets the caller’s pushes from now on, and nobody else’s.')
  async register(
    @CurrentUser() { userId, sessionId }: Principal,
    @Body({ schema: RegisterDevice }) body: RegisterDevice,
  ): Promise<DeviceTokenView> {
    const { token, device_type: deviceType } = body;
    return toDeviceTokenView(
      await this.devices.register({ userId, sessionId, token, deviceType, ...aboutDevice(body) }),
    );
  }

  @Get()
  @Returns(200, DeviceTokensView, 'The caller’s devices, newest first.')
  async list(
    @CurrentUser() { userId }: Principal,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<DeviceTokensView> {
    return toListView('device_tokens', await this.devices.list(userId, query), toDeviceTokenView);
  }

  @Put(':id')
  @Returns(200, DeviceTokenView, 'The device as it is known now.')
  async update(
    @CurrentUser() { userId, sessionId }: Principal,
    @Param('id', { schema: idParam() }) id: number,
    @Body({ schema: UpdateDevice }) body: UpdateDevice,
  ): Promise<DeviceTokenView> {
    const { token, device_type: deviceType, is_active: isActive } = body;
    // a device knows its own token, and nobody else does
    const change = { token, ...(token && { sessionId }), deviceType, isActive, ...aboutDevice(body) };
    return toDeviceTokenView(await this.devices.update(userId, id, change));
  }

  @Delete(':id')
  @ReturnsNothing('The device gets no more pushes.')
  remove(@CurrentUser() { userId }: Principal, @Param('id', { schema: idParam() }) id: number): Promise<void> {
    return this.devices.remove(userId, id);
  }
}

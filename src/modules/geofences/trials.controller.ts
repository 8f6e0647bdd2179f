import { Body, Controller, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentContext, type Principal } from 'src/core/context/context';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { validate } from 'src/core/fields/validate';
import { ApiBody, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, Takes } from 'src/core/http/decorators';
import { incomingFiles } from 'src/core/http/multipart';
import { TrackFields, TrialView, TryGeofence, type ChosenFence } from 'src/modules/geofences/trials.dto';
import { TrialsService } from 'src/modules/geofences/trials.service';

const text = { type: 'string' } as const;

@ApiTags('Geofences')
@Controller('location/geofences/dry-run')
export class TrialsController {
  constructor(private readonly trials: TrialsService) {}

  @Post()
  @Returns(200, TrialView, 'The events that the fence would have had on that way. Nothing is kept.')
  try(
    @CurrentUser() user: Principal,
    @Body({ schema: TryGeofence }) body: TryGeofence,
    @Req() request: FastifyRequest,
  ): Promise<TrialView> {
    return this.trials.try(user, body, goneFrom(request));
  }

  @Post('gpx')
  @Takes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        geofence_id: text,
        geofence: { ...text, description: 'A fence as JSON, in place of `geofence_id`.' },
        file: { ...text, format: 'binary', description: 'A GPX file of up to 50 MB, after the fence.' },
      },
    },
  })
  @Returns(200, TrialView, 'The same on a GPX file.')
  async tryTrack(@CurrentUser() user: Principal, @Req() request: FastifyRequest): Promise<TrialView> {
    let chosen: ChosenFence = {};
    const onFields = (fields: Record<string, string>) => {
      chosen = validate(TrackFields, fields, currentContext().language);
      return Promise.resolve();
    };
    for await (const { body } of incomingFiles(request, 1, onFields))
      return await this.trials.tryTrack(user, chosen, body, goneFrom(request));
    throw ValidationFailed({}, [{ field: 'file', code: 'required' }]);
  }
}

const goneFrom =
  ({ raw: { socket } }: FastifyRequest) =>
  () =>
    socket.destroyed;

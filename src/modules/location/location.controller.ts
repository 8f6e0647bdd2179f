import { Body, Controller, Get, Param, Post, Req } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { currentContext, type Principal } from 'src/core/context/context';
import type { Outcome } from 'src/core/database/group-commit';
import { Faults } from 'src/core/errors/faults';
import { validate } from 'src/core/fields/validate';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { idempotencyKey } from 'src/core/http/idempotency';
import {
  LocationView,
  PositionView,
  RecordedView,
  RecordPoint,
  RecordPoints,
  toPoint,
  type Point,
} from 'src/modules/location/location.dto';
import { LocationService } from 'src/modules/location/location.service';
import { z } from 'zod';

@ApiTags('Location')
@Controller('location')
export class LocationController {
  constructor(
    private readonly location: LocationService,
    private readonly faults: Faults,
  ) {}

  @Post('update')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same as `client_id` in the body.' })
  @Returns(201, LocationView, 'The point, durable.')
  update(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: RecordPoint }) body: RecordPoint,
    @Req() request: FastifyRequest,
  ): Promise<LocationView> {
    const point = toPoint(body);
    return this.location.recordOne(userId, { ...point, clientId: point.clientId ?? idempotencyKey(request) ?? null });
  }

  @Post('batch')
  @Returns(200, RecordedView, 'What became of each point, in the order given; those accepted are durable.')
  async batch(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: RecordPoints }) { locations }: RecordPoints,
  ): Promise<RecordedView> {
    const { language } = currentContext();
    const parsed = locations.map((raw) => parse(raw, language));
    const recorded = await this.location.record(
      userId,
      parsed.flatMap((one) => (one.ok ? [one.value] : [])),
    );
    let next = 0;
    const outcomes = parsed.map((one): Outcome<LocationView> => (one.ok ? recorded[next++]! : one));
    const accepted = outcomes.filter(({ ok }) => ok).length;
    return { results: outcomes.map(this.result), accepted, refused: outcomes.length - accepted };
  }

  @Get('current')
  @Returns(200, PositionView, 'Where the caller is.')
  current(@CurrentUser() user: Principal): Promise<PositionView> {
    return this.location.current(user);
  }

  @Get('current/:user_id')
  @Returns(200, PositionView, 'Where somebody is who shares it with the caller now.')
  currentOf(
    @CurrentUser() user: Principal,
    @Param('user_id', { schema: z.uuid() }) ownerId: string,
  ): Promise<PositionView> {
    return this.location.currentOf(user, ownerId);
  }

  private readonly result = (outcome: Outcome<LocationView>): RecordedView['results'][number] =>
    outcome.ok
      ? { ok: true, data: outcome.value }
      : { ok: false, error: this.faults.view(this.faults.of(outcome.error), currentContext().language) };
}

function parse(raw: unknown, language: string): Outcome<Point> {
  try {
    return { ok: true, value: toPoint(validate(RecordPoint, raw, language)) };
  } catch (error) {
    return { ok: false, error: error as Error };
  }
}

import { Body, Controller, Get, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentContext, type Principal } from 'src/core/context/context';
import type { Outcome } from 'src/core/database/group-commit';
import { Faults } from 'src/core/errors/faults';
import { validate } from 'src/core/fields/validate';
import { ApiHeader, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { idempotencyKey } from 'src/core/http/idempotency';
import {
  LocationView,
  PositionView,
  RecordedView,
  RecordPoint,
  RecordPoints,
  toLocationView,
  toPoint,
  type LocationRow,
  type Point,
} from 'src/modules/location/location.dto';
import { LocationService } from 'src/modules/location/location.service';
import { z } from 'zod';

/** Of the header `Prefer`. */
const MINIMAL = /(^|[,;\s])return=minimal($|[,;\s])/i;

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
  async update(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: RecordPoint }) body: RecordPoint,
    @Req() request: FastifyRequest,
  ): Promise<LocationView> {
    const point = toPoint(body);
    const clientId = point.clientId ?? idempotencyKey(request) ?? null;
    return toLocationView(await this.location.recordOne(userId, { ...point, clientId }));
  }

  @Post('batch')
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`return=minimal`: if all points are accepted, only how many they are (RFC 7240).',
  })
  @Returns(200, RecordedView, 'What became of each point, in the order given; those accepted are durable.')
  async batch(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: RecordPoints }) { locations }: RecordPoints,
    @Req() { headers }: FastifyRequest,
  ): Promise<RecordedView> {
    const { language } = currentContext();
    const faults = new Map<number, Error>();
    const points: Point[] = [];
    locations.forEach((raw, place) => {
      try {
        points.push(toPoint(validate(RecordPoint, raw, language)));
      } catch (error) {
        faults.set(place, error as Error);
      }
    });
    const outcomes = await this.location.record(userId, points);
    if (MINIMAL.test(String(headers.prefer)) && !faults.size && outcomes.every(({ ok }) => ok))
      return { results: [], accepted: outcomes.length, refused: 0 };
    let [next, accepted] = [0, 0];
    const results = locations.map((_, place): RecordedView['results'][number] => {
      const fault = faults.get(place);
      const outcome: Outcome<LocationRow> = fault ? { ok: false, error: fault } : outcomes[next++]!;
      if (!outcome.ok) return { ok: false, error: this.faults.view(this.faults.of(outcome.error), language) };
      accepted++;
      return { ok: true, data: toLocationView(outcome.value) };
    });
    return { results, accepted, refused: results.length - accepted };
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
}
